"""Read a table from a file that has types: parquet, feather or xlsx."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cip_exp.data.excel_sheet import read_sheet
from cip_exp.data.plain_types import to_plain
from cip_exp.data.text_header import check_names
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

_INDEX = re.compile(r"^__index_level_\d+__$")
"""The name in parquet of an index without one."""
TYPED = ("parquet", "feather", "xlsx")


@dataclass(frozen=True, eq=False)
class TypedTable:
    """A table with the types of its file."""

    names: list[str]
    """One a column; "" where the file has none."""
    frame: pd.DataFrame
    n_above: int
    """Rows above the header."""
    notes: tuple[str, ...]


def read_typed(data: bytes, kind: str, path: Path) -> TypedTable:
    """Read a parquet, feather or xlsx file.

    Raises:
        DataError: the file is damaged, its library is not installed, it has no rows, or repeats a name.
    """
    if kind == "xlsx":
        sheet = read_sheet(data, path)
        names, frame, n_above, notes = sheet.names, sheet.frame, sheet.n_above, sheet.notes
    else:
        frame, notes = _drop_nested(_read_arrow(data, kind, path))
        names, n_above = [_INDEX.sub("", str(name).strip()) for name in frame.columns], 0
    return _plain_table(names, frame, n_above, notes, str(path))


def from_frame(frame: pd.DataFrame, where: str) -> TypedTable:
    """Return a user's data frame as a parquet file of it is read; the frame itself stays as it is.

    An index with a name is a column. `where` is what messages call the frame.

    Raises:
        DataError: it has no rows, or repeats a name.
    """
    named = any(name is not None for name in frame.index.names)
    frame, notes = _drop_nested(frame.reset_index(drop=not named, allow_duplicates=True))
    return _plain_table([str(name).strip() for name in frame.columns], frame, 0, notes, where)


def _plain_table(
    names: list[str], frame: pd.DataFrame, n_above: int, notes: tuple[str, ...], where: str
) -> TypedTable:
    import pandas as pd

    check_names(names, where)
    if not len(frame) or not len(frame.columns):
        raise DataError(describe("The table has a header and no rows.", where, "at least one row"))
    columns = {i: to_plain(frame.iloc[:, i]) for i in range(frame.shape[1])}
    return TypedTable(names, pd.DataFrame(columns), n_above, notes)


def _read_arrow(data: bytes, kind: str, path: Path) -> pd.DataFrame:
    try:
        import pyarrow as pa
        from pyarrow import feather, parquet
    except ImportError as error:
        what = f"The file is {kind}, and the library that reads it is not installed."
        raise DataError(describe(what, str(path), "pyarrow, or a CSV file", "pip install pyarrow")) from error
    read = parquet.read_table if kind == "parquet" else feather.read_table
    try:
        table = read(io.BytesIO(data))
        frame: pd.DataFrame = table.to_pandas(ignore_metadata=True, date_as_object=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:120]
        what = f"The {kind} file cannot be read: {reason}."
        step = "copy or download it again"
        raise DataError(describe(what, str(path), f"a complete {kind} file", step)) from error
    return _with_index(frame, table.schema.pandas_metadata or {})


def _with_index(frame: pd.DataFrame, metadata: Mapping[str, Any]) -> pd.DataFrame:
    """Put the index that pandas wrote at the front; a range with a name is in its metadata only."""
    described = metadata.get("index_columns", ())
    stored = [each for each in described if isinstance(each, str) and each in frame.columns]
    others = [name for name in frame.columns if name not in stored]
    frame = frame[[*stored, *others]]
    for each in described:
        if isinstance(each, dict) and each.get("name") is not None:
            counted = range(each["start"], each["stop"], each["step"])
            if len(counted) == len(frame) and each["name"] not in frame.columns:
                frame.insert(0, each["name"], counted)
    return frame


def _drop_nested(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out columns of lists, records and bytes, which are neither numbers nor text."""
    out = [i for i in range(frame.shape[1]) if _is_nested(frame.iloc[:, i])]
    names = ", ".join(f"'{frame.columns[i]}'" for i in out[:5])
    notes = (f"columns of lists, records or bytes left out: {names}",) if out else ()
    return frame.iloc[:, [i for i in range(frame.shape[1]) if i not in out]], notes


def _is_nested(column: pd.Series) -> bool:
    import numpy as np

    if column.dtype != object:
        return False
    return any(isinstance(value, (list, tuple, dict, set, bytes, np.ndarray)) for value in column)
