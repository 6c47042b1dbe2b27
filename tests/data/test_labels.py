"""Labels as people write them: spellings folded, churn guessed by words only, amounts and totals named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from cip_exp.data.csv_table import load
from cip_exp.data.labels import guess_positive, means_churn
from cip_exp.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.records.table import Table


def table(folder: Path, labels: list[Any], task: str = "churn", **options: Any) -> Table:
    pd.DataFrame({"age": range(20, 20 + len(labels)), "y": labels}).to_csv(folder / "t.csv", index=False)
    return load(path=folder / "t.csv", target="y", task=task, **options)  # type: ignore[arg-type]


def refused(folder: Path, labels: list[Any], task: str = "churn", **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        table(folder, labels, task, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["Yes", "no", "YES ", "No", " yes", "NO"], ("no", "Yes")),
        (["Stayed", "Churned"] * 3, ("Stayed", "Churned")),
        (["Existing Customer", "Attrited Customer"] * 3, ("Existing Customer", "Attrited Customer")),
        (["not churned", "churned"] * 3, ("not churned", "churned")),
        (["Fully Paid", "Charged Off"] * 3, ("Fully Paid", "Charged Off")),
        (["retained", "Lost"] * 3, ("retained", "Lost")),
        (["Open", "Closed"] * 3, ("Open", "Closed")),
        (["False.", "True."] * 3, ("False.", "True.")),
        ([-1, 1] * 3, ("-1", "1")),
        (["0.0", "1.0"] * 3, ("0", "1")),
    ],
)
def test_the_users_words_are_kept_and_the_word_for_churn_is_positive(
    tmp_path: Path, labels: list[Any], words: tuple[str, str]
) -> None:
    loaded = table(tmp_path, labels)
    target = loaded.targets["churn"]
    assert target.labels is not None
    assert [word.casefold() for word in target.labels] == [word.casefold() for word in words]
    churned = [str(label).strip().casefold().rstrip("0").rstrip(".") for label in labels]
    positive = words[1].casefold().rstrip(".")
    expected = [float(each == positive) for each in churned]
    assert target.fit(loaded.frame)(loaded.frame).tolist() == expected


@pytest.mark.parametrize("classes", [["A", "B"], ["1", "2"], ["active", "inactive"], ["lost", "left"]])
def test_nothing_is_guessed_by_the_alphabet(tmp_path: Path, classes: list[str]) -> None:
    assert guess_positive(classes) is None
    message = refused(tmp_path, classes * 4)
    assert all(f"data.positive={each}" in message for each in classes)
    assert "(4 rows)" in message


def test_short_and_long_words_for_the_same_answer_are_one_class(tmp_path: Path) -> None:
    loaded = table(tmp_path, ["yes", "Y", "no", "n", "NO", "y"] * 3)
    assert loaded.targets["churn"].fit(loaded.frame)(loaded.frame).tolist() == [1, 1, 0, 0, 0, 1] * 3
    notes = " ".join(table(tmp_path, ["gone", "here", "sleeping"] * 3, positive="gone").reading.notes)
    assert "'gone' counts as churn; all others do not: here (3), sleeping (3)" in notes


def test_a_label_whose_name_means_staying_is_asked_about(tmp_path: Path) -> None:
    pd.DataFrame({"age": range(20, 29), "retained": [0, 1, 1] * 3}).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(DataError, match="does not say which value means churn"):
        load(path=tmp_path / "t.csv", target="retained", task="churn")
    loaded = load(path=tmp_path / "t.csv", target="retained", task="churn", positive="0")
    assert loaded.targets["churn"].fit(loaded.frame)(loaded.frame).tolist() == [1, 0, 0] * 3


def test_spellings_are_counted(tmp_path: Path) -> None:
    notes = " ".join(table(tmp_path, ["Yes", "YES", "yes ", "Yes", "No", "No"]).reading.notes)
    assert "'Yes' is written 'Yes' (2)" in notes
    assert "data.positive=Yes" in notes


@pytest.mark.parametrize(
    ("labels", "task", "words"),
    [
        ([f"${x}.36" for x in range(20, 60)], "churn", ["an amount, such as $20.36", "data.task=clv"]),
        (["yes", "no"] * 10 + ["Total"], "churn", ["Total (1 rows)", "row 21", "data.unlabelled=drop"]),
        (["high", "low", "mid"] * 5, "churn", ["high (5 rows), low (5 rows), mid (5 rows)"]),
        ([f"I think that number {i} is fine" for i in range(30)], "churn", ["sentences"]),
        (["yes", "no"] * 5, "clv", ["no amount: no (5 rows), yes (5 rows)", "data.task=churn"]),
        (["yes", "", "no"] * 5, "churn", ["missing in 5 rows", "data.unlabelled=drop"]),
    ],
)  # fmt: skip
def test_other_labels_are_named(tmp_path: Path, labels: list[Any], task: str, words: list[str]) -> None:
    message = refused(tmp_path, labels, task)
    assert [word for word in words if word not in message] == []


def test_an_amount_is_read_in_its_notation_and_rows_without_a_label_can_be_left_out(tmp_path: Path) -> None:
    loaded = table(tmp_path, ["€ 1.234,50", "€ 7,00", "", "€ 12,25"], "clv", unlabelled="drop")
    assert loaded.targets["clv"].fit(loaded.frame)(loaded.frame).tolist() == [1234.5, 7.0, 12.25]
    assert "1 of 4 rows have no label in 'y': left out" in loaded.reading.notes
    footer = table(tmp_path, ["yes", "no"] * 10 + ["Total"], na=["Total"], unlabelled="drop")
    assert len(footer.frame) == 20


def test_words_that_mean_churn() -> None:
    churned = [
        "churn",
        "Exited",
        "attrited customer",
        "YES",
        "t",
        "left",
        "charged-off",
        "no longer customer",
    ]
    stayed = ["no churn", "not left", "stayed", "existing", "2", "paid", "never cancelled", ""]
    assert [means_churn(each) for each in churned] == [True] * len(churned)
    assert [means_churn(each) for each in stayed] == [False] * len(stayed)
