"""Every fault of a CSV file is one short message that gives its place."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.data.csv_reader import read_csv
from cip_exp.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def refused(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_csv(path)
    assert len(str(caught.value).splitlines()) <= 12
    return str(caught.value)


def test_a_table_is_read_with_types_and_missing_values(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfid, income ,left\r\n1,0.1,True\r\n\r\n2,,False\r\n")
    frame = read_csv(tmp_path / "t.csv")
    assert list(frame.columns) == ["id", "income", "left"]
    assert [str(kind) for kind in frame.dtypes] == ["int64", "float64", "bool"]
    assert frame["income"].tolist()[0] == 0.1
    assert pd.isna(frame["income"][1])


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_separators_are_taken_from_the_header(tmp_path: Path, mark: str) -> None:
    (tmp_path / "t.csv").write_text(f"a{mark}b\n1{mark}x\n")
    assert read_csv(tmp_path / "t.csv").to_dict("list") == {"a": [1], "b": ["x"]}


def test_a_missing_file_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("a\n1\n")
    message = refused(tmp_path / "custmers.csv")
    assert "no such file" in message
    assert "Did you mean 'customers.csv'?" in message
    assert "no such file" in refused(tmp_path / "nowhere" / "customers.csv")
    assert f"Did you mean '{tmp_path / 'customers.csv'}'?" in refused(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"a,b\n", "header and no rows"),
        (b"a,b,a\n1,2,3\n", "Duplicate column names: 'a'"),
        (b"a,a \n1,2\n", "Duplicate column names: 'a'"),
        (b"a,b\n1,2\n3\n", "Line 3 has 1 fields and the header 2"),
        (b"a,b\n1,2,9\n3,4,9\n", "Line 2 has 3 fields and the header 2"),
        (b'a,b\n"x\ny",2\n3', "Line 4 has 1 fields"),
        (b'a,b\n1,"two', "cut off or has a misplaced quote at line 2"),
        (b"a,b\n1,M\xfcller\n", "not UTF-8 text: byte 0xfc in line 2"),
        (b"a,b\n1,\0\n", "zero byte in line 2"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\xff", "not UTF-8 text"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    assert words in refused(tmp_path / "t.csv")


rows = st.lists(st.lists(st.integers(-(2**53), 2**53), min_size=3, max_size=3), min_size=1, max_size=8)


@given(rows, st.booleans())
def test_what_was_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[int]], carriage: bool
) -> None:
    """A file whose last row is cut at a separator is refused; the row is not filled with NaN."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n" if carriage else "\n")
    writer.writerows([["a", "b", "c"], *table])
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_text(out.getvalue(), newline="")
    assert read_csv(path).to_numpy().tolist() == table
    path.write_text(out.getvalue().rpartition(",")[0], newline="")
    assert f"Line {len(table) + 1} has 2 fields" in refused(path)
