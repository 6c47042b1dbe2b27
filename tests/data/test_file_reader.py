"""A table is read whatever writes it: formats, encodings, separators, lines around the table."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import zipfile
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.data.file_reader import ReadOptions, read_cells
from cip_exp.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [["name", "city", "spend"], *([f"n{i}", "São Paulo", f"{i},5"] for i in range(12))]
EXPECTED = ROWS[1:]
NUMBERED = [[str(i), *row] for i, row in enumerate(EXPECTED)]


def text(mark: str = ";", rows: list[list[str]] | None = None) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator="\n").writerows(rows or ROWS)
    return out.getvalue()


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, text())
    return out.getvalue()


def cells(folder: Path, content: bytes, options: ReadOptions | None = None) -> tuple[list[list[str]], str]:
    (folder / "t.csv").write_bytes(content)
    found = read_cells(folder / "t.csv", options)
    assert list(found.frame.columns) == ROWS[0]
    return found.frame.to_numpy().tolist(), "; ".join(found.notes)


def refused(folder: Path, content: bytes, options: ReadOptions | None = None, name: str = "t.csv") -> str:
    (folder / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_cells(folder / name, options)
    assert len(str(caught.value).splitlines()) <= 12
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (text(",").encode(), ""),
        (text("\t").encode("utf-8-sig"), "separator tab"),
        (text("|").encode("cp1252"), "encoding cp1252"),
        (text("^").encode(), "separator ^"),
        (text("\t").encode("utf-16"), "encoding utf-16"),
        (text().encode("utf-16-le"), "encoding utf-16-le"),
        (text().encode("utf-16-be"), "encoding utf-16-be"),
        (text().replace("\n", "\r").encode(), "separator ;"),
        (text().replace("\n", "\r\n").encode(), "separator ;"),
        (b"sep=;\n" + text().encode(), ""),
        (b"# made by hand\n# 2024\n" + text().encode(), "2 comment lines skipped"),
        (b"Customer report;;\n;;\n" + text().encode(), "2 lines above the header skipped"),
        (b"Customer report\nJune 2024\n\n" + text().encode(), "2 lines above the header skipped"),
        (text().encode() + b"Source: the shop\n", "1 line below the table skipped"),
        (text().replace("\n", ";\n").encode(), "separator ;"),
        (text(rows=[["", *ROWS[0]], *NUMBERED]).encode(), "left out"),
        (
            text(rows=[ROWS[0], *([str(i + 1), *row] for i, row in enumerate(EXPECTED))]).encode(),
            "the first column has no name",
        ),
        (
            text(",", [["Unnamed: 0", *ROWS[0]], *NUMBERED]).encode(),
            "left out",
        ),
        (gzip.compress(text().encode()), "unpacked from gzip"),
        (bz2.compress(text().encode()), "unpacked from bz2"),
        (zipped("customers.csv"), "unpacked from zip: customers.csv"),
    ],
)  # fmt: skip
def test_a_table_is_read_and_what_was_found_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    found, notes = cells(tmp_path, content)
    assert found == EXPECTED
    assert said in notes


def test_options_come_before_what_is_found(tmp_path: Path) -> None:
    assert cells(tmp_path, text().encode("cp1252"), ReadOptions(encoding="cp1252"))[0] == EXPECTED
    found, _ = cells(tmp_path, text().encode("utf-8"), ReadOptions(encoding="latin-1"))
    assert found[0][1] == "SÃ£o Paulo"
    assert "not a separator" in refused(tmp_path, text().encode(), ReadOptions(sep="ab"))


def test_a_header_with_the_other_separator_does_not_decide(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("name;charges, EUR;churn\n" + "a;1,5;0\n" * 20)
    assert list(read_cells(tmp_path / "t.csv").frame.columns) == ["name", "charges, EUR", "churn"]


def test_blanks_separate_and_unnamed_columns_get_names(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("age  spend\n" + "31   2.5\n45 1.5\n" * 5)
    assert read_cells(tmp_path / "t.txt").frame.iloc[0].tolist() == ["31", "2.5"]
    (tmp_path / "t.csv").write_text("a,,b,\n" + "1,x,2,y\n" * 5)
    found = read_cells(tmp_path / "t.csv")
    assert list(found.frame.columns) == ["a", "column_2", "b", "column_4"]
    assert len(found.notes) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b,c\n1,2,3\n1,5,2,4\n" * 1 + b"1,2,3\n" * 9, "Line 3 has 4 fields and the header 3"),
        (b"a,b,c\n" + b"1,2,3\n" * 9 + b"1,2", "Line 11 has 2 fields"),
        (b"a,b,a\n1,2,3\n", "Duplicate column names: 'a'"),
        (b"%PDF-1.4 ...", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n....", "a PNG image"),
        (b"<!DOCTYPE html><html></html>", "an HTML or XML page"),
        (b'[{"a": 1}, {"a": 2}]', "a JSON file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel file (.xls)"),
        (gzip.compress(text().encode())[:60], "damaged or cut off"),
        (zipped("a.csv", "b.csv"), "The archive holds 2 files: a.csv, b.csv"),
        (zipped(), "The archive holds 0 files"),
        (b"PAR1 and no more", "The parquet file cannot be read"),
        (bytes(range(256)) * 20, "not text"),
        (b"", "is empty"),
        (gzip.compress(b""), "is empty"),
    ],
)
def test_what_is_no_table_is_refused_by_its_name(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refused(tmp_path, content)


def test_a_wrong_encoding_is_refused(tmp_path: Path) -> None:
    assert "not an encoding" in refused(tmp_path, text().encode(), ReadOptions(encoding="utf8x"))
    assert "not ascii text: byte 0xc3 in line 2" in refused(
        tmp_path, text().encode(), ReadOptions(encoding="ascii")
    )


@pytest.mark.parametrize("form", ["parquet", "feather", "xlsx"])
def test_files_with_types_keep_them(tmp_path: Path, form: str) -> None:
    frame = pd.DataFrame({
        "id": [1, 2, 3], "spend": [1.5, None, 3.0],
        "since": pd.to_datetime(["2024-01-31", "2024-02-01", None]),
        "plan": ["basic", "pro ", None], "ok": [True, False, True],
    })  # fmt: skip
    path = tmp_path / f"t.{form}"
    if form == "xlsx":
        with pd.ExcelWriter(path) as writer:
            pd.DataFrame().to_excel(writer, sheet_name="empty")
            frame.to_excel(writer, sheet_name="data", index=False, startrow=2)
            writer.sheets["data"].cell(1, 1, "Customer report")
    else:
        getattr(frame, f"to_{form}")(path)
    found = read_cells(path)
    kinds = {name: found.frame[name].dtype.kind for name in frame.columns}
    assert kinds | {"plan": "O"} == {"id": "i", "spend": "f", "since": "M", "plan": "O", "ok": "b"}
    assert found.frame["plan"].isna().tolist() == [False, False, True]
    if form == "xlsx":
        assert found.notes == ("sheet 'data' of 2 is read", "1 row above the header skipped")


def test_a_missing_library_is_named_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "t.xlsx")
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(DataError, match="pip install openpyxl"):
        read_cells(tmp_path / "t.xlsx")


cell = st.text(st.characters(codec="cp1252", exclude_characters='"#', exclude_categories=["Cc"]), max_size=6)


@given(
    st.lists(st.lists(cell, min_size=3, max_size=3), min_size=4, max_size=12),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-16", "cp1252"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
def test_what_was_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], mark: str, encoding: str, quoting: int
) -> None:
    rows = [[value.strip() for value in row] for row in rows]
    out = io.StringIO()
    csv.writer(out, delimiter=mark, quoting=quoting, lineterminator="\n").writerows([["a", "b", "c"], *rows])
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    found = read_cells(path, ReadOptions(sep=mark, encoding=encoding)).frame
    assert found.to_numpy().tolist() == rows
