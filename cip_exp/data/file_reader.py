"""Read a user's file into cells: every cell as written; what it means is decided by `column_roles`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cip_exp.data.delimiter import find_records, find_table
from cip_exp.data.file_bytes import open_file
from cip_exp.data.text_encoding import decode
from cip_exp.data.typed_file import read_typed
from cip_exp.errors import DataError, describe

INDEX_NAMES = ("", "Unnamed: 0", "index", "rownames")
"""Names of a first column that pandas or R may have written beside the table."""


@dataclass(frozen=True)
class ReadOptions:
    """How a file is written, as the user says; None where it is found."""

    sep: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a file."""

    frame: pd.DataFrame
    """Of a text: each cell as written, without blanks around it, empty for a missing one. Of a file with
    types (Parquet, Feather, Excel): columns as it has them."""
    notes: tuple[str, ...]
    """What was found or left out, one short sentence each."""


def read_cells(path: str | Path, options: ReadOptions | None = None) -> Cells:
    """Read a table from CSV, packed or not, Parquet, Feather or Excel.

    Raises:
        DataError: the path is not a readable file, its format is no table, or the table is empty, repeats a
            column name, or has a row with too few or too many fields.
    """
    path, options = Path(path), options or ReadOptions()
    file = open_file(path)
    if file.format != "text":
        frame, notes = read_typed(file.content, file.format, path)
        notes = (*file.notes, *notes)
    else:
        text, encoded = decode(file.content, options.encoding, path)
        records, mark, separated = find_records(text, options.sep, path)
        header, rows, skipped = find_table(records, text, mark, path)
        frame = pd.DataFrame([row.cells for row in rows], columns=range(len(header)), dtype="object")
        frame.columns = pd.Index(header, dtype="object")
        notes = (*file.notes, *encoded, *separated, *skipped)
    frame, named = _named(frame, path)
    return Cells(frame, (*notes, *named))


def _named(frame: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out an index column, and give every column a name; an empty one is never a name."""
    names = [str(name).strip() for name in frame.columns]
    notes: list[str] = []
    if names[0] in INDEX_NAMES[:2] and len(names) > 1 and _counts(frame.iloc[:, 0]):
        frame, names = frame.iloc[:, 1:], names[1:]
        notes.append("the first column has no name and counts the rows: left out")
    taken = set(names)
    for at, name in enumerate(names):
        if not name:
            names[at] = new = _free_name("row_names" if at == 0 else f"column_{at + 1}", taken)
            taken.add(new)
            notes.append(f"column {at + 1} has no name: called {new}")
    twice = [f"'{name}'" for name, n in Counter(names).items() if n > 1]
    if twice:
        what = f"Duplicate column names: {', '.join(twice[:5])}{' …' if len(twice) > 5 else ''}."
        raise DataError(describe(what, f"{path}, header", "each name once", "rename or delete the copies"))
    frame = frame.set_axis(pd.Index(names, dtype="object"), axis=1)
    return frame, tuple(notes)


def _free_name(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _counts(column: pd.Series) -> bool:
    """Return whether a column counts the rows from 0 or 1, in order."""
    numbers = pd.to_numeric(column, errors="coerce")
    start = numbers.iloc[0] if len(numbers) else -1
    return bool(
        start in (0, 1) and (numbers.to_numpy() == range(int(start), int(start) + len(numbers))).all()
    )
