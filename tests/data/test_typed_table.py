"""Parquet, feather and xlsx keep their types; an index, sheets and title rows are told from the table."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest

from cip_exp.data.file_reader import read_cells
from cip_exp.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pd.DataFrame({
    "key": [1, 2, 3], "spend": [1.5, None, 3.0], "since": pd.to_datetime(["2024-01-31", "2024-02-01", None]),
    "plan": ["basic", " pro\u00a0", None], "ok": [True, False, True],
})  # fmt: skip


def book(folder: Path, rows: list[list[Any]], *, sheets: int = 1) -> Path:
    made = openpyxl.Workbook()
    for _ in range(sheets - 1):
        made.create_sheet()
    for row in rows:
        made.worksheets[-1].append(row)
    made.save(folder / "t.xlsx")
    return folder / "t.xlsx"


@pytest.mark.parametrize("form", ["parquet", "feather", "xlsx"])
def test_types_are_kept(tmp_path: Path, form: str) -> None:
    path = tmp_path / "t.csv"
    if form == "xlsx":
        FRAME.to_excel(tmp_path / "t.xlsx", index=False)
        (tmp_path / "t.xlsx").rename(path)
    else:
        getattr(FRAME, f"to_{form}")(path)
    found = read_cells(path)
    assert found.typed
    assert found.notes == ()
    assert [found.frame[name].dtype.kind for name in ("key", "spend", "since", "ok")] == ["i", "f", "M", "b"]
    assert found.frame["plan"].tolist()[:2] == ["basic", "pro"]
    assert found.frame.isna().sum().tolist() == [0, 1, 1, 1, 0]


def test_rare_types_become_plain_and_nested_columns_are_left_out(tmp_path: Path) -> None:
    pd.DataFrame({
        "level": pd.Categorical([" a", "b", None]), "price": [Decimal("1.5"), None, Decimal(2)],
        "flag": [True, None, False], "at": pd.to_datetime(["2024-01-01T12:00+02:00"] * 3, utc=True),
        "day": [dt.date(2024, 1, 1)] * 3,
        "lasts": pd.to_timedelta([1, 2, 3], unit="D"), "list": [[1], [2], []],
    }).to_parquet(tmp_path / "t.parquet")  # fmt: skip
    found = read_cells(tmp_path / "t.parquet")
    assert found.frame.iloc[0].tolist() == [
        "a", 1.5, "True", pd.Timestamp("2024-01-01 10:00"), pd.Timestamp("2024-01-01"), 1.0,
    ]  # fmt: skip
    assert found.frame["flag"].isna().tolist() == [False, True, False]
    assert found.notes == ("columns of lists, records or bytes left out: 'list'",)


@pytest.mark.parametrize(
    ("index", "columns"),
    [
        (pd.Index([5, 3, 9]), ["plan"]),
        (pd.Index(["x", "y", "z"]), ["plan"]),
        (pd.Index([5, 3, 9], name="key"), ["key", "plan"]),
        (pd.RangeIndex(3, name="key"), ["key", "plan"]),
    ],
)
def test_an_index_with_a_name_is_a_column(tmp_path: Path, index: pd.Index, columns: list[str]) -> None:
    FRAME[["plan"]].set_index(index).to_parquet(tmp_path / "t.parquet")
    found = read_cells(tmp_path / "t.parquet")
    assert found.frame.columns.tolist() == columns
    assert len(found.notes) == (len(columns) == 1)


def test_the_table_of_a_sheet_is_found(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        [None, "Customer report"], [], [None, "key", " spend ", 2024, "mixed"], [None, 1, "#N/A", 2, "12a"],
        [None, 2, 2.5, 3, 7.0], [None, None, None], [None, 3, 1, 4, dt.datetime(2024, 1, 2)],
        [None, "Source: ACME"],
    ]  # fmt: skip
    found = read_cells(book(tmp_path, rows, sheets=2))
    assert found.frame.columns.tolist() == ["key", "spend", "2024", "mixed"]
    assert found.frame["mixed"].tolist() == ["12a", "7", "2024-01-02"]
    assert found.frame["spend"].tolist()[1:] == [2.5, 1.0]
    assert found.n_above == 2
    assert found.notes == (
        "sheet 'Sheet1' of 2 is read",
        "1 row above the header skipped",
        "1 row below the table skipped: 'Source: ACME'",
        "1 cell with an error such as #N/A read as missing",
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "The workbook is empty"),
        ([["a", "b"]], "a header and no rows"),
        ([["a", "a "], [1, 2]], "Duplicate column names: 'a'"),
    ],
)
def test_a_workbook_without_a_table_is_refused(tmp_path: Path, rows: list[list[Any]], words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_cells(book(tmp_path, rows))


def test_a_missing_library_is_named_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path, [["a"], [1]])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(DataError, match="pip install openpyxl"):
        read_cells(path)
