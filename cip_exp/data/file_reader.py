"""Read a user's table from a file of any usual format: text, parquet, feather or xlsx, packed or not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cip_exp.data.file_archive import unpack
from cip_exp.data.file_bytes import STEP, read_bytes
from cip_exp.data.text_encoding import decode
from cip_exp.data.text_table import read_text_table
from cip_exp.data.typed_table import TYPED, from_frame, read_typed
from cip_exp.data.unnamed_columns import name_columns
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    import pandas as pd

FORMATS = "a table as text (CSV, TSV), parquet, feather or xlsx; packed with gzip or zip or not"
SUFFIXES = (".csv", ".parquet", ".xlsx", ".tsv", ".csv.gz", ".txt", ".zip", ".feather", ".arrow", ".gz")


@dataclass(frozen=True)
class ReadOptions:
    """What the user says about a file."""

    sep: str | None = None
    """The separator of fields (`data.sep`); None: found."""
    encoding: str | None = None
    """The encoding of the text (`data.encoding`); None: detected."""


@dataclass(frozen=True, eq=False)
class Cells:
    """A table as its file has it, before it is decided what its columns are."""

    frame: pd.DataFrame
    """From a text file: every cell a text as it is written, without blanks around it, "" where empty. From
    other files: columns as that file types them; text without blanks around it, missing text is missing."""
    typed: bool
    """The file has types, so the frame does too."""
    notes: tuple[str, ...]
    """What was detected or left out, a short sentence each."""
    n_above: int = 0
    """Lines of the file above the header."""


def read_cells(path: str | Path, options: ReadOptions | None = None) -> Cells:
    """Read a table; its format is found by the file's content.

    Raises:
        DataError: the file is missing, of another format, damaged, empty, or not a table; see the readers of
            the formats.
    """
    path = Path(path)
    options = options or ReadOptions()
    data, kind, notes = unpack(read_bytes(path, FORMATS, SUFFIXES), path)
    if kind in TYPED:
        typed = read_typed(data, kind, path)
        frame, named = name_columns(typed.names, typed.frame)
        return Cells(frame, typed=True, notes=(*notes, *typed.notes, *named), n_above=typed.n_above)
    if kind != "text":
        raise _not_read(kind, path)
    text, encoded = decode(data, options.encoding, path)
    table = read_text_table(text, options.sep, path)
    frame, named = name_columns(table.names, table.frame)
    notes = (*notes, *([encoded] if encoded else []), *table.notes, *named)
    return Cells(frame, typed=False, notes=notes, n_above=table.n_above)


def frame_cells(frame: pd.DataFrame, where: str) -> Cells:
    """Return a data frame's table as that of a typed file; see `typed_table.from_frame`."""
    typed = from_frame(frame, where)
    plain, named = name_columns(typed.names, typed.frame)
    return Cells(plain, typed=True, notes=(*typed.notes, *named))


def _not_read(kind: str, path: Path) -> DataError:
    step = "save the table as CSV in UTF-8, or as parquet or xlsx"
    if kind == "an HTML page":
        step = "download the file itself; this is the page that links to it, or that asks for a login"
    if "image" in kind or "program" in kind:
        step = STEP
    return DataError(describe(f"The file is {kind}.", str(path), FORMATS, step))
