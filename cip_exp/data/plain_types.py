"""Give the columns of a typed file plain types: numbers, booleans, datetimes, or stripped text."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = {int, float, Decimal}


def to_plain(column: pd.Series) -> pd.Series:
    """Return a column with a plain type: categories as their values, decimals as floats, a mixture as text.

    Booleans with missing values become text, as in a CSV file; datetimes become UTC without zone; durations
    become days.
    """
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if isinstance(column.dtype, pd.BooleanDtype):
        column = column.astype(object)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert(None)
    if pd.api.types.is_timedelta64_dtype(column):
        column = column.dt.total_seconds() / 86_400
    if not (column.dtype == object or pd.api.types.is_string_dtype(column)):
        return column
    filled = column[column.notna()]
    kinds = {type(value) for value in filled}
    if kinds <= NUMBERS:
        return pd.to_numeric(filled.astype("float64" if Decimal in kinds else object)).reindex(column.index)
    if kinds == {bool} and len(filled) == len(column):
        return column.astype("bool")
    zones = {getattr(value, "tzinfo", None) for value in filled}
    # Times with different zones stay text.
    if kinds <= {datetime, date, pd.Timestamp} and len(zones) == 1:
        return pd.to_datetime(column)
    return column.map(as_text, na_action="ignore").astype("str")


def as_text(value: Any) -> str:
    """Write a cell as text; a whole number without .0 and a day without 00:00:00, as a CSV file has them."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).removesuffix(" 00:00:00").strip()
