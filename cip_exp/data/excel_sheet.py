"""Read the first sheet with a table from an Excel workbook (xlsx)."""

from __future__ import annotations

import io
import warnings
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cip_exp.data.file_archive import check_size
from cip_exp.data.plain_types import as_text
from cip_exp.data.text_header import find_header
from cip_exp.data.text_records import Record
from cip_exp.data.text_rows import FOOTER_WIDTH
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

ERRORS = frozenset(("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"))
"""What Excel shows for a formula without a value."""
N_HEAD = 100


@dataclass(frozen=True, eq=False)
class Sheet:
    """The table of one sheet."""

    names: list[str]
    frame: pd.DataFrame
    """Cells as Excel has them (dtype object), columns numbered from 0."""
    n_above: int
    """Rows above the header."""
    notes: tuple[str, ...]


def read_sheet(data: bytes, path: Path) -> Sheet:
    """Read the first sheet that is not empty: its header, found below title rows, and the rows below it.

    Raises:
        DataError: the workbook is damaged, too large or empty, or openpyxl is not installed.
    """
    import pandas as pd

    rows, notes = _first_sheet(data, path)
    rows, n_errors = _without_errors(_cut(rows))
    head = [Record([_name(cell) for cell in row], i, i) for i, row in enumerate(rows[:N_HEAD], start=1)]
    header = find_header(head, len(rows[0]), path)
    n_titles = sum(any(record.fields) for record in head[: header.below - 1])
    body = [row for row in rows[header.below :] if any(cell is not None for cell in row)]
    footers = _footers(body)
    body = body[: len(body) - len(footers)]
    if n_titles:
        notes.append(f"{n_titles} {'row' if n_titles == 1 else 'rows'} above the header skipped")
    if footers:
        n = len(footers)
        notes.append(f"{n} {'row' if n == 1 else 'rows'} below the table skipped: '{footers[0][:60]}'")
    if n_errors:
        notes.append(
            f"{n_errors} {'cell' if n_errors == 1 else 'cells'} with an error such as #N/A read as missing"
        )
    columns = [pd.Series([row[i] for row in body], dtype=object) for i in range(len(header.names))]
    return Sheet(header.names, pd.DataFrame(dict(enumerate(columns))), header.line - 1, tuple(notes))


def _first_sheet(data: bytes, path: Path) -> tuple[list[list[Any]], list[str]]:
    """Return the rows of the first sheet that is not empty, and a note where there are several sheets."""
    try:
        import openpyxl
    except ImportError as error:
        what = "The file is an Excel workbook, and the library that reads it is not installed."
        raise DataError(
            describe(what, str(path), "openpyxl, or a CSV file", "pip install openpyxl")
        ) from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_size(sum(each.file_size for each in archive.infolist()), len(data), path)
        with warnings.catch_warnings():
            # openpyxl warns of formats and rules for input that it does not read; no cell depends on them.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            for sheet in book.worksheets:
                # Some programs write a wrong size of the sheet.
                sheet.reset_dimensions()
                rows = [[_value(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
                filled = [row for row in rows if sum(cell is not None for cell in row) > 1]
                last = sheet is book.worksheets[-1]
                if len(filled) > 1 or (last and any(cell is not None for row in rows for cell in row)):
                    n = len(book.worksheets)
                    return rows, [f"sheet '{sheet.title}' of {n} is read"] if n > 1 else []
    except DataError:
        raise
    except Exception as error:
        # openpyxl raises errors of many kinds for a damaged workbook.
        what = f"The Excel workbook is damaged: {type(error).__name__}: {str(error)[:100]}."
        raise DataError(
            describe(what, str(path), "a complete xlsx file", "save it again in Excel")
        ) from error
    raise DataError(describe("The workbook is empty.", str(path), "a header and rows below it in one sheet"))


def _value(cell: Any) -> Any:
    """Return a cell's content; None where it is blank."""
    return (cell.strip() or None) if isinstance(cell, str) else cell


def _cut(rows: list[list[Any]]) -> list[list[Any]]:
    """Return the rows with one number of cells, without columns that are empty in all rows."""
    used = sorted({i for row in rows for i, cell in enumerate(row) if cell is not None})
    return [[row[i] if i < len(row) else None for i in used] for row in rows]


def _without_errors(rows: list[list[Any]]) -> tuple[list[list[Any]], int]:
    n = sum(isinstance(cell, str) and cell in ERRORS for row in rows for cell in row)
    if not n:
        return rows, 0
    return [[None if isinstance(cell, str) and cell in ERRORS else cell for cell in row] for row in rows], n


def _name(cell: Any) -> str:
    return "" if cell is None else as_text(cell)


def _footers(rows: list[list[Any]]) -> list[str]:
    """Return the texts below the table: the last rows with nothing but a text in the first column."""
    found: list[str] = []
    for row in reversed(rows):
        if (
            len(row) < FOOTER_WIDTH
            or not isinstance(row[0], str)
            or any(cell is not None for cell in row[1:])
        ):
            break
        found.insert(0, row[0])
    return found
