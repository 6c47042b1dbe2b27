"""The rows of a split: how many there are, their classes, and which of them have to stay together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.errors import DataError, describe
from cip_exp.features.copy_search.joined_numbers import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.config.schemas import SplitSettings
    from cip_exp.records.table import Features

    Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RowsToSplit:
    """Rows as a splitter sees them."""

    n: int
    classes: Index | None
    """Shape (n,): the label as fitted on the whole table; for churn only."""
    groups: Index | None
    """Shape (n,): rows with the same number stay together; None where every row is on its own."""

    def count_units(self, label: int | None = None) -> int:
        """Count rows, or groups where there are groups; of one class where `label` is given."""
        selected = slice(None) if label is None or self.classes is None else self.classes == label
        return len(np.arange(self.n)[selected] if self.groups is None else np.unique(self.groups[selected]))

    def take(self, index: Index) -> RowsToSplit:
        """Return the rows at these positions."""
        classes, groups = (None if part is None else part[index] for part in (self.classes, self.groups))
        return RowsToSplit(len(index), classes, groups)


def rows_to_split(features: Features, split: SplitSettings) -> RowsToSplit:
    """Return the rows of a table with the classes and groups that the split has to respect.

    Raises:
        DataError: split=grouped where no column names groups and twins may be separated.
    """
    churn = features.task == "churn" and features.y is not None
    classes = features.y.astype(np.int64) if churn and features.y is not None else None
    return RowsToSplit(len(features.X), classes, _groups(features, split))


def _groups(features: Features, split: SplitSettings) -> Index | None:
    parts = [features.twins] if split.twins == "group" else []
    if features.groups is not None and (split.twins == "group" or split.name == "grouped"):
        parts.append(features.groups)
    if split.name == "grouped" and not parts:
        msg = describe(
            "split=grouped has no groups", "data.group is not set and split.twins=keep",
            "a column of the data as data.group, or split.twins=group",
        )  # fmt: skip
        raise DataError(msg)
    merged = joined(parts) if parts else None
    return merged if merged is not None and len(np.unique(merged)) < len(merged) else None
