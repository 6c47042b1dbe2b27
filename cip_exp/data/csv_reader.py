"""Reading a CSV file safely: every fault of the file is one message that says where it is.

pandas alone renames duplicate columns, takes a surplus field for an index and fills a cut-off row with
NaN, each without a word; so the file's shape is checked before pandas sees it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.errors import DataError, describe, nearest

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Days = NDArray[np.float64]


SEPARATORS = (",", ";", "\t", "|")
"""Tried in this order: the first that occurs in the header line separates the fields."""

NUMBER_FORMS = ("%Y", "%Y%m%d")
_DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y")
FORMS = ("ISO8601", *_DAYS, *(f"{day} %H:%M" for day in _DAYS), *(f"{day} %H:%M:%S" for day in _DAYS))
"""How dates may be written, one of them throughout."""


def read_csv(path: str | Path) -> pd.DataFrame:
    """Read a UTF-8 table with one header line.

    Column names are stripped of surrounding blanks; blank lines are skipped; pandas' usual words for a
    missing value become NaN; numbers are read to the nearest double, so that content has one digest.

    Raises DataError for a path that is no readable file and for a table that is empty, has a header only,
    repeats a column name, holds a row with too few or too many fields, or is not UTF-8.
    """
    import pandas as pd

    path = Path(path)
    text = read_text(path)
    names, separator = _check_shape(text, path)
    table = io.StringIO(text)
    return pd.read_csv(table, sep=separator, header=0, names=names, index_col=False, low_memory=False)


def read_text(path: Path) -> str:
    """Read a UTF-8 file; raises DataError where it is missing, unreadable, empty or not UTF-8."""
    return _decode(_read_bytes(path), path)


def to_numbers(column: pd.Series, where: str, step: str = "") -> pd.Series:
    """Turn a column into numbers; blank text counts as missing.

    `where` names the file in the message, `step` what to do if not to leave the column out. Raises
    DataError with column, row (the first below the header is 1) and value of the first text.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column
    numbers = pd.to_numeric(column, errors="coerce")
    bad = is_text(column) & numbers.isna()
    if bad.any():
        row = int(bad.to_numpy().argmax())
        what = f"Text in a number column: '{column.iloc[row]}' in column '{column.name}', row {row + 1}."
        step = step or f"mend the file, or leave the column out with data.drop=[{column.name}]"
        raise DataError(describe(what, where, "numbers, or nothing for a missing value", step))
    return numbers


def to_dates(column: pd.Series, where: str) -> pd.Series:
    """Turn a column into datetimes (UTC, without zone), from one of FORMS or whole numbers like 19970131.

    `where` names the file in the message. Raises DataError for a date that is missing or is none, and for
    columns in which day and month cannot be told apart.
    """
    import pandas as pd

    text = column.astype("str").str.removesuffix(".0").str.strip()
    forms = NUMBER_FORMS if pd.api.types.is_numeric_dtype(column) else FORMS
    start = text.head(1)
    usable = [form for form in forms if pd.to_datetime(start, format=form, errors="coerce").notna().all()]
    tried = [pd.to_datetime(text, format=form, errors="coerce", utc=True) for form in usable or forms]
    # Which of day and month comes first is never guessed: 03/04/1997 throughout fits two forms.
    fits = [dates for dates in tried if dates.notna().all()]
    if fits and all(dates.equals(fits[0]) for dates in fits):
        return fits[0].dt.tz_localize(None)
    allowed = "dates in one format, such as 1997-07-01, 01.07.1997, 19970701 or 1997"
    if fits:
        what = f"Day and month cannot be told apart in column '{column.name}': '{column.iloc[0]}'."
        raise DataError(describe(what, where, allowed, "write the dates as 1997-07-01"))
    row = int(min((dates.isna() for dates in tried), key=lambda bad: bad.sum()).to_numpy().argmax())
    what = f"No date: '{column.iloc[row]}' in column '{column.name}', row {row + 1}."
    raise DataError(describe(what, where, allowed))


def is_text(column: pd.Series) -> pd.Series:
    """Tell for each entry whether there is anything but blanks in it."""
    return column.notna() & (column.astype("str").str.strip() != "")


def _read_bytes(path: Path) -> bytes:
    """Return the file's bytes, or say why there are none."""
    step = "give another file with data.path=FILE"
    if path.is_dir():
        what = "The path of the table is a folder, not a file."
        raise DataError(describe(what, str(path), "a CSV file", f"{step}.{_first_csv(path)}"))
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        near = nearest(path.name, _siblings(path))
        raise DataError(
            describe("There is no such file.", str(path), "a CSV file", f"{step}.{near}")
        ) from error
    except OSError as error:
        what = f"The file cannot be read: {error.strerror or error}."
        raise DataError(describe(what, str(path), "a readable CSV file", step)) from error


def _siblings(path: Path) -> list[str]:
    """List the names beside a missing file; none where its folder is missing too."""
    try:
        return sorted(item.name for item in islice(path.parent.iterdir(), 10_000))
    except OSError:
        return []


def _first_csv(folder: Path) -> str:
    """Name one CSV file of a folder as a suggestion."""
    found = sorted(name for name in _siblings(folder / "any") if name.lower().endswith(".csv"))
    return f" Did you mean '{folder / found[0]}'?" if found else ""


def _decode(raw: bytes, path: Path) -> str:
    """Decode UTF-8 with or without a byte-order mark."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"The file is not UTF-8 text: byte 0x{raw[error.start]:02x} in line {line}."
        step = "save the table as CSV in UTF-8"
        raise DataError(describe(what, str(path), "UTF-8 text", step)) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        what = f"The file is not text: a zero byte in line {line}."
        raise DataError(describe(what, str(path), "UTF-8 text", "save the table as CSV in UTF-8"))
    if not text.strip():
        raise DataError(describe("The file is empty.", str(path), "a header line and rows below it"))
    return text


def _check_shape(text: str, path: Path) -> tuple[list[str], str]:
    """Return column names and separator of a rectangular table."""
    first = text.lstrip().split("\n", 1)[0]
    separator = next((mark for mark in SEPARATORS if mark in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        # Lines of blanks only are skipped by pandas too.
        rows = (row for row in reader if len(row) > 1 or (row and row[0].strip()))
        names = [name.strip() for name in next(rows)]
        _check_names(names, path)
        n_rows = 0
        for n_rows, row in enumerate(rows, start=1):  # noqa: B007
            if len(row) != len(names):
                _refuse_row(row, names, reader.line_num, path)
    except csv.Error as error:
        what = f"The table breaks off or is misquoted at line {reader.line_num}: {error}."
        raise DataError(describe(what, str(path), "quotes in pairs around whole fields")) from error
    if not n_rows:
        raise DataError(describe("The table has a header and no rows.", str(path), "at least one row"))
    return names, separator


def _check_names(names: list[str], path: Path) -> None:
    twice = [f"'{name}'" if name else "(no name)" for name, n in Counter(names).items() if n > 1]
    if twice:
        what = f"Duplicate column names: {', '.join(twice[:5])}{' …' if len(twice) > 5 else ''}."
        raise DataError(describe(what, f"{path}, header", "each name once", "rename or delete the copies"))


def _refuse_row(row: list[str], names: list[str], line: int, path: Path) -> None:
    what = f"Line {line} has {len(row)} fields and the header {len(names)}."
    step = "mend this line; a file that was cut off ends like this"
    raise DataError(describe(what, f"{path}, line {line}", f"{len(names)} fields in every row", step))


def to_days(column: pd.Series) -> NDArray[np.float64]:
    """Return dates as days since 1970, shape (n,); numbers as they are."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        column = (column - pd.Timestamp(0)) / pd.Timedelta(days=1)
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=float)
