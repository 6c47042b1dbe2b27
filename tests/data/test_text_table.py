"""A text table is found between what stands around it; no row is taken for a header or lost silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cip_exp.data.file_reader import read_cells
from cip_exp.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "key,age,churn\n7,30,0\n8,40,1\n8,55,0\n"
ROWS = [["key", "age", "churn"], ["7", "30", "0"], ["8", "40", "1"], ["8", "55", "0"]]
SEMI = TABLE.replace(",", ";")


def table(folder: Path, content: str) -> tuple[list[list[str]], str, int]:
    (folder / "t.csv").write_text(content, newline="")
    found = read_cells(folder / "t.csv")
    return (
        [list(found.frame.columns), *found.frame.to_numpy().tolist()],
        "; ".join(found.notes),
        found.n_above,
    )


def refused(folder: Path, content: str) -> str:
    (folder / "t.csv").write_text(content, newline="")
    with pytest.raises(DataError) as caught:
        read_cells(folder / "t.csv")
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "said", "n_above"),
    [
        (TABLE, "", 0),
        (TABLE.replace("\n", "\r"), "", 0),
        (TABLE.replace("\n", "\r\r\n"), "", 0),
        (TABLE.replace(",", "\u00a0, "), "", 0),
        ("sep=;\n" + SEMI, "separator ;", 1),
        ("sep=;\n" + TABLE, "", 1),
        ("# by hand\n# 2024, x\n" + TABLE + "# 9,9,9\n#end\n", "4 comment lines skipped", 2),
        ("#" + TABLE, "the header is a line that begins with #", 0),
        ("Customer report,,\n,,\n" + TABLE, "2 lines above the header skipped", 2),
        ("Report, 2024\nall shops\n\n" + SEMI, "2 lines above the header skipped", 3),
        ("A report, with, more, commas, than the table\n" + TABLE, "1 line above the header skipped", 1),
        ("".join(f"line {i}\n" for i in range(12)) + TABLE, "12 lines above the header skipped", 12),
        (TABLE + "\nSource: ACME\n(c) 2024\n", "2 lines below the table skipped: 'Source: ACME'", 0),
        (TABLE + "Source: ACME", "1 line below the table skipped", 0),
        (TABLE + "3\n", "1 line below the table skipped: '3'", 0),
        (TABLE + ",,\n,,\n", "2 empty rows left out", 0),
        (TABLE.replace("\n", ",\n"), "1 empty column without a name left out", 0),
        (TABLE.replace("\n", ",,\n"), "2 empty columns without a name left out", 0),
        (TABLE.replace("\n", ",\n").replace("churn,", "churn"), "1 empty column without a name", 0),
        (TABLE.replace("churn", "churn,"), "", 0),
        (TABLE.replace("\n", ",\n").replace("churn,", "churn,Unnamed: 3"), "1 empty column", 0),
        (TABLE.replace(",", "   "), "separator blank", 0),
        (TABLE.replace(",", ":"), "separator :", 0),
        (TABLE.replace(",", "\x1f"), "separator unit", 0),
    ],
)
def test_what_stands_around_a_table_is_left_out_and_said(
    tmp_path: Path, content: str, said: str, n_above: int
) -> None:
    found, notes, above = table(tmp_path, content)
    assert found == ROWS
    assert said in notes
    assert bool(said) == bool(notes)
    assert above == n_above


@pytest.mark.parametrize(
    ("content", "first"),
    [
        ("name;charges, EUR;churn\na;1,5;0\nb;2,5;1\n", ["a", "1,5", "0"]),
        ("name;spend\n1,5;2,5\n3,5;4,5\n", ["1,5", "2,5"]),
        ("key,tags,churn\n1,a|b|c|d|e,0\n2,f|g|h|i|j,1\n", ["1", "a|b|c|d|e", "0"]),
        ("key,start\n1,10:30:00\n2,11:30:00\n", ["1", "10:30:00"]),
        ("country,2019\nAland,NA\nAlbania,5\n", ["Aland", "NA"]),
        ("order,age\n#10,30\n#11,40\n", ["#10", "30"]),
        ("age,x,churn\n#N/A,30,0\n2,40,1\n", ["#N/A", "30", "0"]),
        ("name,age\n'tis,1\nO'Brien,2\n", ["'tis", "1"]),
        ("'name','age'\n'O''Brien, x','1'\n'c','2'\n", ["O'Brien, x", "1"]),
        ('id, note\n1, "a, b"\n2, "c"\n', ["1", "a, b"]),
        ('id,note\n1,"5\\" pipe, x"\n2,"y"\n', ["1", '5" pipe, x']),
        ('id,note\n1,"a\n# b,\n\nc"\n2,"say ""hi"""\n', ["1", "a\n# b,\n\nc"]),
    ],
)
def test_what_looks_like_something_else_stays_a_cell(tmp_path: Path, content: str, first: list[str]) -> None:
    assert table(tmp_path, content)[0][1] == first


@pytest.mark.parametrize(
    "content",
    [
        ",age,churn\n0,30,0\n1,40,1\n2,30,1\n",
        '"","age","churn"\n"1",30,0\n"2",40,1\n"3",30,1\n',
        "Unnamed: 0,age,churn\n1,30,0\n2,40,1\n3,30,1\n",
        ",Unnamed: 0,age,churn\n0,0,30,0\n1,1,40,1\n2,2,30,1\n",
        ",age,churn\n0,30,0\n1,40,1\n0,30,1\n",
        ",age,churn\n7,30,0\n3,40,1\n9,30,1\n",
        ",age,churn\nBob,30,0\nAnn,40,1\nEve,30,1\n",
        "age,churn\n1,30,0\n2,40,1\n3,30,1\n",
        '"age" "churn"\n"a b" 30 0\n"c" 40 1\n"d" 30 1\n',
        "   age  churn\n0   30      0\n4   40      1\n5   30      1\n",
    ],
)
def test_an_unnamed_index_is_left_out(tmp_path: Path, content: str) -> None:
    found, notes, _ = table(tmp_path, content)
    assert found == [["age", "churn"], ["30", "0"], ["40", "1"], ["30", "1"]]
    assert "left out" in notes


def test_other_columns_without_a_name_get_one(tmp_path: Path) -> None:
    found, notes, _ = table(tmp_path, ",age,,column_3\n2.5,30,x,0\n2.5,40,y,1\n")
    assert found[0] == ["column_1", "age", "column_3_", "column_3"]
    assert notes == "2 columns without a name: column_1, column_3_"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n", "header and no rows"),
        ("a,b,a,,\n1,2,3,4,5\n", "Duplicate column names: 'a'"),
        (TABLE + "9,20", "Line 5 has 2 fields and the header 3"),
        (TABLE + "9", "Line 5 has 1 fields"),
        (TABLE + "9\n", "Line 5 has 1 fields"),
        (TABLE + "9\n" + TABLE, "Line 5 has 1 fields"),
        ("a,b\n1,2\nx\n", "Line 3 has 1 fields"),
        ("sep=,\n# x\n" + TABLE + '1,"a\nb"\n', "Line 8 has 2 fields"),
        (TABLE + "x,1,5,1\n", "if 1,5 is one number with a decimal comma, put such numbers in quotes"),
        ("id,income\n1,2000,5\n2,2100,7\n", "if 2000,5 is one number with a decimal comma"),
        ("amount\n1,5\n2,5\n", "Line 2 has 2 fields and the header 1"),
        ("a,b,c\n1,2\n3,4\n", "Line 2 has 2 fields and the header 3"),
        ("a,b\n1,2,3,4\n,6,7,8\n", "Line 2 has 4 fields and the header 2"),
        ("a,b\nNA,2,,NA\n5,6,7,8\n", "Line 2 has 4 fields and the header 2"),
        ('a,b\n1,"two', "cut off or has a misplaced quote at line 2"),
        ('a,b\n1,"two"x\n', "cut off or has a misplaced quote at line 2"),
    ],
)
def test_no_row_is_filled_up_or_taken_for_the_header(tmp_path: Path, content: str, words: str) -> None:
    assert words in refused(tmp_path, content)
