"""Read files that hold types: Parquet, Feather, Excel."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import pandas as pd

from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from pathlib import Path

FIRST = 30
"""Rows of a sheet among which the header is."""
PACKAGES = {"parquet": "pyarrow", "feather": "pyarrow", "xlsx": "openpyxl"}


def read_typed(content: bytes, form: str, path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the table with columns as numbers, datetimes, true and false, or texts; and remarks.

    Raises:
        DataError: a damaged file, no table in it, or a library that is not installed.
    """
    try:
        if form == "xlsx":
            frame, notes = _sheet(content, path)
        else:
            read = pd.read_parquet if form == "parquet" else pd.read_feather
            frame, notes = _with_index(read(io.BytesIO(content))), ()
    except ImportError as error:
        package = PACKAGES[form]
        what = f"Reading a {form} file needs the package {package}, which is not installed."
        raise DataError(
            describe(what, str(path), "CSV, or this package", f"pip install {package}")
        ) from error
    except DataError:
        raise
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        what = f"The {form} file cannot be read: {reason}."
        raise DataError(describe(what, str(path), "an undamaged file", "save the table again")) from error
    if frame.empty:
        raise DataError(describe("The table has no rows.", str(path), "at least one row"))
    columns = [_plain(frame.iloc[:, at]) for at in range(frame.shape[1])]
    names = [str(name) for name in frame.columns]
    plain = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    return plain.set_axis(pd.Index(names, dtype="object"), axis=1).reset_index(drop=True), notes


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return an index with names as columns; one that only counts is left out."""
    return frame.reset_index() if any(frame.index.names) else frame


def _sheet(content: bytes, path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the first sheet with a table, its header found below title rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl's remarks on styles and extensions
        sheets = pd.read_excel(io.BytesIO(content), sheet_name=None, header=None, dtype=object)
    filled = {name: _cropped(sheet) for name, sheet in sheets.items()}
    filled = {name: sheet for name, sheet in filled.items() if len(sheet) > 1}
    if not filled:
        raise DataError(describe("The workbook has no sheet with a table.", str(path), "a header and rows"))
    name, sheet = next(iter(filled.items()))
    notes = [f"sheet '{name}' of {len(sheets)} is read"] if len(sheets) > 1 else []
    counts = sheet.notna().sum(axis=1)
    width = int(counts.mode().max())
    at = next((row for row in range(min(FIRST, len(sheet))) if counts.iloc[row] >= width - 1), 0)
    if at:
        notes.append(f"{at} row{'s' if at > 1 else ''} above the header skipped")
    header = ["" if pd.isna(cell) else str(cell) for cell in sheet.iloc[at]]
    table = sheet.iloc[at + 1 :].set_axis(pd.Index(header, dtype="object"), axis=1)
    return table, tuple(notes)


def _cropped(sheet: pd.DataFrame) -> pd.DataFrame:
    """Leave out empty rows and empty columns at the edges."""
    rows = sheet.dropna(how="all")
    return rows.loc[:, rows.notna().any(axis=0)]


def _plain(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as floats, whole numbers, bools, datetimes, or objects with texts."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if pd.api.types.is_timedelta64_dtype(column):
        days: pd.Series[Any] = column.dt.total_seconds() / 86_400
        return days
    if pd.api.types.is_datetime64_any_dtype(column):
        return column
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        if not column.isna().any() and pd.api.types.is_bool_dtype(column):
            return column.astype("bool")
        if not column.isna().any() and pd.api.types.is_integer_dtype(column):
            return column.astype("int64")
        return pd.Series(column.to_numpy(dtype="float64", na_value=float("nan")), index=column.index)
    return _from_objects(column.astype("object"))


def _from_objects(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return objects of one type as that type; mixed ones as texts."""
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in ("datetime", "datetime64", "date"):
        return pd.to_datetime(column)
    if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
        numbers = pd.to_numeric(column.astype("float64") if kind == "decimal" else column)
        return numbers.astype("float64") if numbers.hasnans else numbers
    if kind == "boolean":
        return column.astype("float64") if column.isna().any() else column.astype("bool")
    texts: pd.Series[Any] = column.map(lambda cell: str(cell).strip())
    return texts.where(column.notna(), None)
