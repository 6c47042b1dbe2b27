"""A table is read whatever writes it: packing, formats, encodings; what is none is refused by its name."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import os
import time
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.data import file_archive
from cip_exp.data.file_reader import ReadOptions, read_cells
from cip_exp.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [["name", "city", "spend"], *([f"n{i}", "São Paulo", f"{i},5"] for i in range(12))]


def text(mark: str = ";") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator="\n").writerows(ROWS)
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
    assert not found.typed
    return [list(found.frame.columns), *found.frame.to_numpy().tolist()], "; ".join(found.notes)


def refused(folder: Path, content: bytes, options: ReadOptions | None = None) -> str:
    (folder / "t.csv").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_cells(folder / "t.csv", options)
    assert len(str(caught.value).splitlines()) <= 12
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (text(",").encode(), ""),
        (text("\t").encode("utf-8-sig"), "separator tab (found; data.sep sets another)"),
        (text("|").encode("cp1252"), "encoding cp1252 (detected; data.encoding sets another)"),
        (text("\t").encode("utf-16"), "encoding utf-16 (detected); separator tab"),
        (text().encode("utf-16-le"), "encoding utf-16-le"),
        (text().encode("utf-16-be"), "encoding utf-16-be"),
        (text().encode("utf-32"), "encoding utf-32"),
        (text().encode() + b"\x1a", "separator ;"),
        (gzip.compress(text().encode()), "unpacked from gzip; separator ;"),
        (bz2.compress(text().encode("utf-16")), "unpacked from bz2; encoding utf-16"),
        (gzip.compress(zipped("customers.csv")), "unpacked from gzip; unpacked from zip: customers.csv"),
        (zipped("folder/customers.csv", "__MACOSX/._customers.csv", ".DS_Store"), "folder/customers.csv"),
    ],
)
def test_a_table_is_read_and_what_was_found_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    found, notes = cells(tmp_path, content)
    assert found == ROWS
    assert said in notes


def test_a_code_page_without_the_byte_gives_way_to_latin_1(tmp_path: Path) -> None:
    found, notes = cells(tmp_path, b"id,city\n1,M\xfcn\x81\n")
    assert found[1] == ["1", "Mün\x81"]
    assert "latin-1" in notes


def test_options_come_before_what_is_found(tmp_path: Path) -> None:
    assert cells(tmp_path, text().encode("cp1252"), ReadOptions(encoding="cp1252"))[0] == ROWS
    assert cells(tmp_path, text().encode("utf-8-sig"), ReadOptions(encoding="utf-8"))[0] == ROWS
    assert cells(tmp_path, text().encode(), ReadOptions(encoding="latin-1"))[0][1][1] == "SÃ£o Paulo"
    assert cells(tmp_path, text("\t").encode(), ReadOptions(sep="\\t"))[0] == ROWS
    assert cells(tmp_path, b"a::b\n1::x\n", ReadOptions(sep="::"))[0] == [["a", "b"], ["1", "x"]]


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (text().encode(), ReadOptions(encoding="utf8x"), "'utf8x' is not an encoding. Did you mean 'utf8"),
        (text().encode(), ReadOptions(encoding="rot13"), "'rot13' is not an encoding"),
        (text().encode(), ReadOptions(encoding="ascii"), "not ascii text: byte 0xc3 in line 2"),
        (text().encode(), ReadOptions(sep="ab"), "'ab' is not a separator"),
        (text().encode(), ReadOptions(sep="|"), "write 'data.sep=\";\"'"),
        (text("\t").encode(), ReadOptions(sep="|"), "write data.sep=tab"),
    ],
)
def test_a_wrong_option_is_refused(tmp_path: Path, content: bytes, options: ReadOptions, words: str) -> None:
    assert words in refused(tmp_path, content, options)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (gzip.compress(b" \n"), "is empty"),
        (b"a,b\n1,\0\n", "not text: a zero byte in line 2"),
        (bytes(range(1, 256)) * 20, "not text: it has many control characters"),
        (os.urandom(4096).replace(b"\n", b"\0") + b"\0", "not text: a zero byte in line 1"),
        ("city\nSão\nMálaga\n".encode() + b"\xff", "not UTF-8 text: byte 0xff in line 4"),
        (b"\x89PNG\r\n\x1a\n....", "is a PNG image"),
        (b"\n <!DOCTYPE html><html></html>", "is an HTML page"),
        (b'{"a": 1}\n{"a": 2}\n', "is a JSON file"),
        (b"%PDF-1.4 ...", "is a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old Excel file (.xls)"),
        (b"SQLite format 3\0", "is an SQLite database"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "is a Git LFS pointer"),
        (gzip.compress(b"x" * 257 + b"ustar"), "is a tar archive"),
        (gzip.compress(text().encode())[:60], "damaged or cut off"),
        (zipped("a.csv", "b.csv"), "The archive holds 2 files: a.csv, b.csv"),
        (zipped(), "The archive holds 0 files"),
        (zipped("a.csv")[:40], "damaged or cut off"),
        (b"PAR1\0\0 and no more", "The parquet file cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_by_its_name(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refused(tmp_path, content)


def test_the_first_letters_of_a_header_are_no_format(tmp_path: Path) -> None:
    assert cells(tmp_path, b"PAR1,ORC\n1,2\n")[0] == [["PAR1", "ORC"], ["1", "2"]]
    assert cells(tmp_path, b"[id],[age]\n1,2\n")[0] == [["[id]", "[age]"], ["1", "2"]]


def test_a_file_that_grows_without_measure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = gzip.compress(b"0" * 2**23, 9)
    monkeypatch.setattr(file_archive, "SMALL_BYTES", 2**20)
    assert "over 500 times as large when unpacked" in refused(tmp_path, bomb)
    monkeypatch.setattr(file_archive, "MAX_BYTES", 2**21)
    assert "when unpacked" in refused(tmp_path, bomb)


def test_a_folder_suggests_a_table_of_any_format(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("")
    (tmp_path / "customers.parquet").write_bytes(b"")
    with pytest.raises(DataError, match=r"is a folder, not a file[\s\S]*customers\.parquet'\?"):
        read_cells(tmp_path)
    with pytest.raises(DataError, match=r"no such file[\s\S]*Did you mean 'customers\.parquet'\?"):
        read_cells(tmp_path / "customer.parquet")


def test_a_wide_table_is_read_in_about_a_second(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(10_000, 100)).round(4)
    pd.DataFrame(values).add_prefix("c").to_csv(tmp_path / "t.csv", index=False)
    start = time.process_time()
    assert read_cells(tmp_path / "t.csv").frame.shape == (10_000, 100)
    # About 0.5 s; the limit allows for a busy machine.
    assert time.process_time() - start < 4


PIECES = (
    b",",
    b";",
    b"\t",
    b"|",
    b'"',
    b"'",
    b"\n",
    b"\r",
    b"#",
    b" ",
    b"1",
    b"a,b\n",
    b"\0",
    b"\xff",
    b"sep=;\n",
    b"PK\x03\x04",
)


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)), max_size=30).map(b"".join))
def test_any_bytes_are_a_table_or_one_message(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(content)
    try:
        frame = read_cells(path).frame
    except DataError:
        return
    assert frame.size
    assert frame.columns.is_unique
    assert all(frame.columns)


letters = st.characters(codec="cp1252", exclude_characters="\x1a\ufeff", exclude_categories=["Cc"])
cell = st.text(st.one_of(letters, st.sampled_from(",;|'\"#\n")), max_size=6).map(str.strip)


@given(
    st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=12),
    st.sampled_from([",", ";", "\t", "|", "^"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_what_was_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    mark: str,
    encoding: str,
    end: str,
    told: bool,
) -> None:
    """Also where nothing is told but the encoding: quotes keep the separators in cells apart."""
    rows = [[str(i), *row[1:]] for i, row in enumerate(rows)]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark, quoting=csv.QUOTE_ALL, lineterminator=end)
    writer.writerows([["key", "a", "b"], *rows])
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    found = read_cells(path, ReadOptions(sep=mark if told else None, encoding=encoding))
    assert found.frame.columns.tolist() == ["key", "a", "b"]
    assert found.frame.to_numpy().tolist() == rows
