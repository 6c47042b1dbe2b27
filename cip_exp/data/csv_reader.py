"""Read a CSV file of a known form; every fault of the file is one message that gives its place.

pandas alone renames duplicate columns, uses a surplus field as an index and fills a cut-off row with NaN,
each without a warning; so the shape of the file is checked before pandas parses it. Users' tables of other
forms are read by `file_reader`.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cip_exp.data.file_bytes import read_bytes
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = (",", ";", "\t", "|")
"""Tried in this order: the first that occurs in the header line separates the fields."""


def read_csv(path: str | Path) -> pd.DataFrame:
    """Read a UTF-8 table with one header line.

    Column names are stripped of surrounding blanks; blank lines are skipped; pandas' usual marks of a
    missing value become NaN; numbers are read to the nearest double, so that equal content has one digest.

    Raises:
        DataError: the path is not a readable file, or the table is empty, has only a header, repeats a column
            name, has a row with too few or too many fields, or is not UTF-8.
    """
    import pandas as pd

    path = Path(path)
    text = read_text(path)
    names, separator = _check_shape(text, path)
    table = io.StringIO(text)
    return pd.read_csv(table, sep=separator, header=0, names=names, index_col=False, low_memory=False)


def read_text(path: Path) -> str:
    """Read a UTF-8 file.

    Raises:
        DataError: the file is missing, unreadable, empty or not UTF-8.
    """
    return _decode(read_bytes(path), path)


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
    """Return column names and separator; raises DataError where the rows differ in length."""
    first = text.lstrip().split("\n", 1)[0]
    separator = next((mark for mark in SEPARATORS if mark in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        # pandas skips lines of blanks only, too.
        rows = (row for row in reader if len(row) > 1 or (row and row[0].strip()))
        names = [name.strip() for name in next(rows)]
        _check_names(names, path)
        n_rows = 0
        for n_rows, row in enumerate(rows, start=1):  # noqa: B007
            if len(row) != len(names):
                _refuse_row(row, names, reader.line_num, path)
    except csv.Error as error:
        what = f"The table is cut off or has a misplaced quote at line {reader.line_num}: {error}."
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
    step = "correct this line; a file that was cut off ends like this"
    raise DataError(describe(what, f"{path}, line {line}", f"{len(names)} fields in every row", step))
