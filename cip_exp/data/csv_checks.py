"""Checks of the columns of a CSV file, shared by its roles, target and lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cip_exp.data.column_types import is_text
from cip_exp.errors import DataError, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def check_columns(frame: pd.DataFrame, names: Sequence[str], key: str, path: object) -> None:
    """Raise DataError with the first of `names` that is not a column; `key` is the configuration key."""
    for name in names:
        if name not in frame.columns:
            what = f"The table has no column '{name}'.{nearest(name, frame.columns)}"
            raise DataError(describe(what, f"{key}, table {path}", first_twelve(frame.columns)))


def refuse_missing(column: pd.Series, key: str, where: str) -> None:
    """Raise DataError with the first row where the column is missing, if any."""
    missing = ~is_text(column)
    if missing.any():
        row = int(missing.to_numpy().argmax()) + 1
        what = f"Column '{column.name}' is missing in {int(missing.sum())} rows, first in row {row}."
        step = "leave these rows out of the file"
        raise DataError(describe(what, f"{key}, table {where}", "a value in every row", step))


def first_twelve(values: Any) -> str:
    """Write at most twelve values in a line, for a message."""
    texts = [str(value) for value in values]
    rest = f" and {len(texts) - 12} more" if len(texts) > 12 else ""
    return ", ".join(texts[:12]) + rest
