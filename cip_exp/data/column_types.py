"""Convert columns: text to numbers, text to dates, dates to days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NUMBER_FORMS = ("%Y", "%Y%m%d")
"""Formats of dates in a number column."""
_DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")
FORMS = ("ISO8601", *_DAYS, *(f"{day} %H:%M" for day in _DAYS), *(f"{day} %H:%M:%S" for day in _DAYS))
"""Formats of dates in a text column; all rows must have the same one."""


def to_numbers(column: pd.Series, where: str, step: str = "") -> pd.Series:
    """Convert a column to numbers; blank text counts as missing.

    Args:
        column: any column.
        where: the file, for the message.
        step: the next step, for the message; empty to suggest leaving the column out.

    Raises:
        DataError: a text; the message has column, row (the first below the header is 1) and value.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column
    numbers = pd.to_numeric(column, errors="coerce")
    bad = is_text(column) & numbers.isna()
    if bad.any():
        row = int(bad.to_numpy().argmax())
        what = f"Text in a number column: '{column.iloc[row]}' in column '{column.name}', row {row + 1}."
        step = step or f"correct the file, or leave the column out with data.drop=[{column.name}]"
        raise DataError(describe(what, where, "numbers, or nothing for a missing value", step))
    return numbers


def to_dates(column: pd.Series, where: str) -> pd.Series:
    """Convert a column to datetimes (UTC, without zone), from one of FORMS or whole numbers like 19970131.

    Args:
        column: any column.
        where: the file, for the message.

    Raises:
        DataError: a value that is missing or not a date, or a column in which day and month are ambiguous.
    """
    import pandas as pd

    text = column.astype("str").str.removesuffix(".0").str.strip()
    forms = NUMBER_FORMS if pd.api.types.is_numeric_dtype(column) else FORMS
    start = text.head(1)
    usable = [form for form in forms if pd.to_datetime(start, format=form, errors="coerce").notna().all()]
    tried = [pd.to_datetime(text, format=form, errors="coerce", utc=True) for form in usable or forms]
    # The order of day and month is never guessed: a column with 03/04/1997 in every row fits two formats.
    fits = [dates for dates in tried if dates.notna().all()]
    if fits and all(dates.equals(fits[0]) for dates in fits):
        return fits[0].dt.tz_localize(None)
    allowed = "dates in one format, such as 1997-07-01, 01.07.1997, 19970701 or 1997"
    if fits:
        what = f"Day and month cannot be told apart in column '{column.name}': '{column.iloc[0]}'."
        raise DataError(describe(what, where, allowed, "write the dates as 1997-07-01"))
    row = int(min((dates.isna() for dates in tried), key=lambda bad: bad.sum()).to_numpy().argmax())
    what = f"Not a date: '{column.iloc[row]}' in column '{column.name}', row {row + 1}."
    raise DataError(describe(what, where, allowed))


def to_days(column: pd.Series) -> NDArray[np.float64]:
    """Return dates as days since 1970, shape (n,); numbers unchanged."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        column = (column - pd.Timestamp(0)) / pd.Timedelta(days=1)
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=float)


def is_text(column: pd.Series) -> pd.Series:
    """Return for each entry whether it has anything but blanks."""
    return column.notna() & (column.astype("str").str.strip() != "")
