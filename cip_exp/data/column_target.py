"""Targets that are one raw column of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cip_exp.records.table import Target

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ColumnLabel:
    """A label that is one raw column: nothing is fitted, so it is the same in every fold."""

    column: str
    positive: Any = None
    """The value that counts as 1; None where the column's own numbers are the label."""

    def fit(self, _rows: pd.DataFrame) -> ColumnLabel:
        """Return itself, whatever the training rows."""
        return self

    def __call__(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """Label rows; shape (n,)."""
        values = rows[self.column]
        return (values if self.positive is None else values == self.positive).to_numpy(dtype="float64")


def column_target(column: str, positive: Any = None, labels: tuple[str, str] | None = None) -> Target:
    """Build the target that is one raw column; `labels` are the user's words for 0 and 1."""
    label = ColumnLabel(column, positive)
    return Target(name=column, fit=label.fit, columns=(column,), labels=labels)
