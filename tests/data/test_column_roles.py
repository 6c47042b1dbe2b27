"""What a column is, by its content and its name: one case for each kind, and laws of notations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.data.csv_table import load, read_file
from cip_exp.errors import DataError
from cip_exp.features.raw_rows import RawRows

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.records.columns import Column

N = 200
RNG = np.random.default_rng(3)
AMOUNTS = np.round(RNG.lognormal(7, 1, N), 2)
DAYS = pd.Timestamp("2024-06-30") - pd.to_timedelta(RNG.integers(0, 900, N), unit="D")


def written(form: str) -> list[str]:
    """Return the amounts as a notation writes them: `€ 1.234,50`."""
    plain = [f"{x:,.2f}" for x in AMOUNTS]
    swapped = [text.replace(",", "_").replace(".", ",").replace("_", ".") for text in plain]
    return {
        "thousands": plain,
        "decimal comma": [f"{x:.2f}".replace(".", ",") for x in AMOUNTS],
        "both swapped": swapped,
        "blanks": [text.replace(",", "\u00a0") for text in plain],
        "thin blanks and comma": [text.replace(".", "\u202f") for text in swapped],
        "apostrophes": [text.replace(",", "'") for text in plain],
        "dollars": [f"${text}" for text in plain],
        "euros behind": [f"{text} €" for text in swapped],
        "codes": [f"USD {text}" for text in plain],
        "reais": [f"R$ {text}" for text in swapped],
        "parentheses": [f"({text})" if x > 2000 else text for x, text in zip(AMOUNTS, plain, strict=True)],
        "dollars in parentheses": [
            f"$({text})" if x > 2000 else f"${text}" for x, text in zip(AMOUNTS, plain, strict=True)
        ],
        "percent": [f"{x:.2f}%" for x in AMOUNTS],
        "minus behind": [f"{x:.2f}-" if x > 2000 else f"{x:.2f}" for x in AMOUNTS],
    }[form]


def columns(folder: Path, values: dict[str, Any], **options: Any) -> dict[str, Column]:
    pd.DataFrame(values).to_csv(folder / "t.csv", index=False)
    reading = read_file(folder / "t.csv", None, **options).reading
    return {each.name: each for each in reading.columns}


def read(folder: Path, values: list[Any], name: str = "x", **options: Any) -> tuple[Column, pd.Series[Any]]:
    """Return the record and the values of one column, beside another."""
    pd.DataFrame({name: values, "other": RNG.integers(0, 9, len(values))}).to_csv(
        folder / "t.csv", index=False
    )
    file = read_file(folder / "t.csv", None, **options)
    return file.reading.columns[0], file.frame[name]


def refused(folder: Path, values: list[Any], **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, values, **options)
    assert len(str(caught.value).splitlines()) <= 12
    return str(caught.value)


@pytest.mark.parametrize(
    "form",
    [
        "thousands", "decimal comma", "both swapped", "blanks", "thin blanks and comma", "apostrophes",
        "dollars", "euros behind", "codes", "reais", "percent",
    ],
)  # fmt: skip
def test_numbers_are_read_in_their_notation_and_it_is_said(tmp_path: Path, form: str) -> None:
    column, values = read(tmp_path, written(form))
    assert (column.role, column.used) == ("number", True)
    assert column.note
    np.testing.assert_array_equal(values, AMOUNTS)


@pytest.mark.parametrize("form", ["parentheses", "dollars in parentheses", "minus behind"])
def test_negative_numbers_of_accounts(tmp_path: Path, form: str) -> None:
    _, values = read(tmp_path, written(form))
    np.testing.assert_array_equal(values, np.where(AMOUNTS > 2000, -AMOUNTS, AMOUNTS))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["1,234", "2,345", "9,999"] * 50, ["two ways", "'data.decimal=\",\"'", "'data.decimal=\".\"'"]),
        (["$5", "€7", "$9", "€3"] * 50, ["mixes $, €", "data.drop=[x]"]),
        (["12,5", "13.5", "1,25", "9.75"] * 50, ["mixes decimal comma, decimal point"]),
        (["45%", "0.3", "20%", "1.5"] * 50, ["mixes %, no unit"]),
        (["0", "1", "2", "3+"] * 50 + ["1"] * 50, ["'3+'", "data.categorical=[x]", "data.na=[\"3+\"]"]),
        ([f"10{i:03}" for i in range(190)] + ["10029A"] * 10, ["'10029A'", "data.categorical=[x]"]),
        (["01/02/2024", "03/04/2024"] * 100, ["Day and month", "data.dayfirst=true"]),
        (["2024-01-31", "31/01/2024"] * 100, ["mixes %d/%m/%Y, ISO8601"]),
        (["2024-01-31"] * 190 + ["soon"] * 10, ["'soon'", "data.na=[soon]"]),
    ],
)  # fmt: skip
def test_what_is_ambiguous_is_refused_with_the_option_that_decides(
    tmp_path: Path, values: list[str], words: list[str]
) -> None:
    message = refused(tmp_path, values)
    assert [word for word in words if word not in message] == []


def test_another_column_or_an_option_decides_the_decimal_mark(tmp_path: Path) -> None:
    ambiguous = ["1,234", "2,345"] * 100
    german = columns(tmp_path, {"a": ambiguous, "b": written("decimal comma")})
    assert german["a"].note == "decimal comma"
    assert read(tmp_path, ambiguous, decimal=".")[1].tolist()[:2] == [1234, 2345]
    assert read(tmp_path, ambiguous, decimal=",")[1].tolist()[:2] == [1.234, 2.345]
    english = ["1.234", "2.345"] * 100
    assert read(tmp_path, english)[1].tolist()[:2] == [1.234, 2.345]
    assert read(tmp_path, english, decimal=",")[1].tolist()[:2] == [1234, 2345]


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("%Y-%m-%d", {}), ("%Y-%m-%d %H:%M:%S", {}), ("%Y-%m-%dT%H:%M:%SZ", {}), ("%d.%m.%Y", {}),
        ("%d/%m/%Y", {}), ("%m/%d/%Y", {}), ("%m/%d/%y", {}), ("%d-%b-%Y", {}), ("%b %d, %Y", {}),
        ("%d %B %Y", {}),
        ("%Y/%m/%d", {}), ("%Y%m%d", {}), ("%m/%d/%Y %I:%M %p", {}), ("%A, %d %B %Y", {}),
    ],
)  # fmt: skip
def test_dates_are_read_in_any_notation(tmp_path: Path, form: str, options: dict[str, Any]) -> None:
    column, values = read(tmp_path, [day.strftime(form) for day in DAYS], name="signup_date", **options)
    assert (column.role, column.used) == ("date", True)
    assert (values == DAYS).all()


@pytest.mark.parametrize(
    ("unit", "name", "options", "role"),
    [
        ("excel", "signup_date", {}, "date"),
        ("excel", "visits", {}, "number"),
        ("excel", "visits", {"dates": ["vis*"]}, "date"),
        ("epoch", "created_at", {}, "date"),
        ("epoch", "amount", {}, "number"),
    ],
)
def test_serial_numbers_are_dates_where_the_name_or_the_user_says_so(
    tmp_path: Path, unit: str, name: str, options: dict[str, Any], role: str
) -> None:
    days = (DAYS - pd.Timestamp("1899-12-30")).days if unit == "excel" else DAYS.astype("int64") // 10**6
    column, values = read(tmp_path, list(days), name=name, **options)
    assert column.role == role
    assert role == "number" or (values.dt.normalize() == DAYS.normalize()).all()


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("CLIENTNUM", RNG.permutation(np.arange(708_082_083, 708_082_083 + 7 * N, 7)), "identifier"),
        ("row", np.arange(1, N + 1), "identifier"),
        ("ref", RNG.choice(np.arange(10_000, 99_999), N, replace=False), "identifier"),
        ("whatever", RNG.choice(np.arange(1_000, 2_000), N, replace=False), "identifier"),
        ("uuid", [f"a{i:06x}-{i:04}" for i in range(N)], "identifier"),
        ("contact", [f"user{i}@example.org" for i in range(N)], "identifier"),
        ("income", RNG.choice(np.arange(20_000, 120_000), N, replace=False), "number"),
        ("income", np.round(RNG.lognormal(10, 0.5, N)), "number"),
        ("customer_id", RNG.integers(0, 40, N), "group"),
        ("customerId", [f"C{i:03}" for i in RNG.integers(0, 40, N)], "group"),
        ("store_id", RNG.integers(0, 5, N), "number"),
        ("zip", [f"{i:05}" for i in RNG.integers(501, 560, N)], "code"),
        ("plz", [f"{i:05}" for i in RNG.permutation(np.arange(1000, 1000 + N)) // 2 * 2], "code"),
        ("constant", ["a"] * N, "constant"),
        ("empty", [None] * N, "constant"),
        ("name", [f"Ann Smith{i % 120}" for i in range(N)], "text"),
        ("title", [("Mr", "Ms", "Dr")[i % 3] for i in range(N)], "category"),
        ("answer", [f"I left since {i % 90} other offers were cheaper" for i in range(N)], "text"),
        ("city", [f"City {i % 60}" for i in range(N)], "category"),
        ("active", [("True", "false")[i % 2] for i in range(N)], "category"),
        ("internet", [("None", "DSL", "NA", "Fiber")[i % 4] for i in range(N)], "category"),
        ("humidity", RNG.permutation(np.arange(11, 11 + 3 * N, 3)), "identifier"),
        ("first_name", [("Anna", "Ben", "Carla")[i % 3] for i in range(N)], "text"),
        ("PhoneService", [("Yes", "No")[i % 2] for i in range(N)], "category"),
        ("email", [("html", "text")[i % 2] for i in range(N)], "category"),
        ("plan_name", [("basic", "pro", "max")[i % 3] for i in range(N)], "category"),
        ("weight", [f"{50 + i % 90}.5 kg" for i in range(N)], "number"),
        ("children", [f"{1 + i % 3} {'child' if i % 3 == 0 else 'children'}" for i in range(N)], "category"),
        ("stock", [f"{10000 + i % 40}{'A' if i % 2 else ''}" for i in range(N)], "category"),
        ("day", [20_210_100 + 1 + i % 28 for i in range(N)], "date"),
        ("since", [44_000 + i for i in range(N)], "date"),
        ("raise", [f"up to {i % 90} % in May, or 5%d" for i in range(N)], "text"),
        ("birth", [f"{1850 + i % 90}-11-0{1 + i % 9}" for i in range(N)], "date"),
        ("year", [2000 + i % 20 for i in range(N)], "number"),
    ],
)
def test_roles(tmp_path: Path, name: str, values: Any, role: str) -> None:
    column, _ = read(tmp_path, list(values), name=name)
    assert column.role == role
    assert column.used == (role in ("number", "category", "code", "date"))
    assert column.used or column.note


STAMPS = [f"2024-0{1 + i % 9}-{1 + i % 28:02} {i % 24:02}:{i % 60:02}:{i * 7 % 60:02}" for i in range(N)]


def test_a_time_stamp_of_each_row_is_an_identifier_and_a_plain_date_is_a_date(tmp_path: Path) -> None:
    column, _ = read(tmp_path, STAMPS, name="created_at")
    assert (column.role, column.used) == ("identifier", False)
    assert (
        "'data.dates=[created_at]' keeps it" in column.note
        or "data.dates=[created_at] keeps it" in column.note
    )
    kept, _ = read(tmp_path, STAMPS, name="created_at", dates=["created_at"])
    assert kept.role == "date"
    assert read(tmp_path, STAMPS, name="created_at", time="created_at")[0].role == "time"
    assert read(tmp_path, [each[:10] for each in STAMPS], name="created_at")[0].role == "date"
    holes = ["" if i % 10 == 0 else each for i, each in enumerate(STAMPS)]
    assert read(tmp_path, holes, name="created_at")[0].role == "date"


def test_a_word_is_missing_among_numbers_and_a_level_among_texts(tmp_path: Path) -> None:
    values = {"internet": ["None", "DSL", "NA", ""] * 50, "age": ["NA", "31", "45", ""] * 50}
    found = columns(tmp_path, values)
    assert (found["internet"].levels, found["internet"].missing) == (3, 50)
    assert (found["age"].missing, found["age"].missing_words) == (100, ("NA",))
    assert columns(tmp_path, values, na=["None"])["internet"].levels == 2


def test_options_name_columns_by_globs(tmp_path: Path) -> None:
    values = {"zip_a": [10, 20] * 100, "zip_b": [1, 2] * 100, "age": ["30", "3+"] * 100}
    found = columns(tmp_path, values, categorical=["zip_*"], drop=["a?e"])
    assert [found[name].role for name in values] == ["category", "category", "dropped"]
    with pytest.raises(DataError, match=r"no column 'zap_\*'"):
        columns(tmp_path, values, categorical=["zap_*"])
    with pytest.raises(DataError, match=r"in data\.categorical and in data\.numeric"):
        columns(tmp_path, values, categorical=["zip_a"], numeric=["zip_a"])


numbers = st.lists(st.integers(-10_000_000, 10_000_000), min_size=5, max_size=40, unique=True)


@given(numbers, st.sampled_from(["", "$", "€ "]), st.booleans())
def test_swapping_the_marks_of_all_numbers_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, cents: list[int], unit: str, swap: bool
) -> None:
    """Two decimals in every number leave no doubt about the marks."""
    texts = [f"{unit}{value / 100:,.2f}" for value in cents]
    if swap:
        texts = [text.replace(",", "_").replace(".", ",").replace("_", ".") for text in texts]
    _, values = read(tmp_path_factory.mktemp("t"), texts)
    assert values.tolist() == [value / 100 for value in cents]


def test_raw_rows_are_converted_as_the_file_was(tmp_path: Path) -> None:
    raw = pd.DataFrame({
        "spend": written("euros behind"), "since": [day.strftime("%d.%m.%Y") for day in DAYS],
        "plan": ["basic", "pro"] * 100, "ok": ["TRUE", "false"] * 100, "left": ["yes", "no"] * 100,
    })  # fmt: skip
    raw.to_csv(tmp_path / "t.csv", index=False)
    table = load(path=tmp_path / "t.csv", target="left", task="churn")
    used = [each for each in table.reading.columns if each.used]
    reader = RawRows([each.plain() for each in used])
    again = reader.transform(raw.iloc[:, ::-1])
    for each in used:
        expected = table.frame[each.name]
        kept = expected.astype(object if each.kind == "text" else again[each.name].dtype)
        pd.testing.assert_series_equal(again[each.name], kept, check_dtype=False)
    odd = pd.DataFrame({"spend": [7, None, "?"], "since": ["NA", None, "31.12.2023"], "plan": ["new", 5, ""]})
    done = reader.transform(odd)
    assert done["spend"].tolist()[0] == 7
    assert done["spend"].isna().tolist() == [False, True, True]
    assert done["since"].isna().tolist() == [True, True, False]
    assert done["plan"].tolist()[:2] == ["new", "5"]
    assert done["ok"].isna().all()
    for name, cell in (("spend", "hello"), ("since", "soon"), ("ok", "maybe")):
        with pytest.raises(DataError, match=f"'{cell}' in column '{name}' cannot be read"):
            reader.transform(pd.DataFrame({name: [cell]}))


def test_a_code_that_lost_its_zeros_is_read_as_the_code(tmp_path: Path) -> None:
    codes = [f"{i:04}" for i in RNG.integers(1, 400, N)]
    column, _ = read(tmp_path, codes, name="branch")
    reader = RawRows([column.plain()])
    rows = pd.DataFrame({"branch": [45, 45.0, "45", "0045", "x9", None]})
    assert reader.transform(rows)["branch"].tolist()[:5] == ["0045"] * 4 + ["x9"]


@pytest.mark.parametrize("word", ["Total", "Grand total:", "Summe", ""])
def test_a_row_of_totals_is_left_out_and_said(tmp_path: Path, word: str) -> None:
    visits, calls = RNG.integers(1, 9, 50), RNG.integers(0, 5, 50)
    rows = {"name": [f"shop {i % 7}" for i in range(50)], "visits": visits, "calls": calls}
    last = {"name": word, "visits": visits.sum(), "calls": calls.sum()}
    pd.concat([pd.DataFrame(rows), pd.DataFrame([last])]).to_csv(tmp_path / "t.csv", index=False)
    file = read_file(tmp_path / "t.csv", None)
    assert len(file.frame) == 50
    assert "the last row has totals" in file.reading.notes[0]
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    assert len(read_file(tmp_path / "t.csv", None).frame) == 50


def test_a_role_of_the_target_is_refused(tmp_path: Path) -> None:
    pd.DataFrame({"x": range(9), "y": [0, 1, 1] * 3}).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(DataError, match="'y' is the target"):
        read_file(tmp_path / "t.csv", "y", drop=["y"])
    assert read_file(tmp_path / "t.csv", "y", drop=["*"]).reading.names("dropped") == ("x",)
