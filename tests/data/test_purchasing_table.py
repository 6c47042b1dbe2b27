"""The purchasing table: its checks, its targets, and the features that leak them."""

from __future__ import annotations

import io
import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cip_exp.data import purchasing_table
from cip_exp.data.purchasing_synthetic import customers
from cip_exp.errors import DataError

SHARED = Path(os.environ.get("CIP_SHARED", Path(__file__).resolve().parents[3] / "shared"))
REAL = SHARED / "data" / "Customer_Purchasing_Behaviors.csv"

FRAME = customers()
HEADER = "user_id,age,annual_income,purchase_amount,loyalty_score,region,purchase_frequency\n"
ROW = "1,25,45000,200,4.5,North,12\n"


def test_the_embedded_table_needs_no_file() -> None:
    table = purchasing_table.load(None)
    assert (table.name, table.id, len(table.frame)) == ("purchasing", "user_id", 238)
    assert sorted(table.targets) == ["churn", "clv"]


def test_a_written_table_reads_back_as_the_same_content(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    customers().assign(note="surplus").to_csv(path, index=False)
    assert purchasing_table.load(path).sha256 == purchasing_table.load(None).sha256


@pytest.mark.skipif(not REAL.exists(), reason=f"the public table is not at {REAL}")
def test_parity_churn_labels_of_the_public_table() -> None:
    table = purchasing_table.load(REAL)
    churns = table.targets["churn"].fit(table.frame)(table.frame)
    assert (int((churns == 1).sum()), int((churns == 0).sum())) == (60, 178)
    risk = purchasing_table.risk_score(table.frame, purchasing_table.fit_churn(table.frame).ranges).round(4)
    assert ((risk > np.quantile(risk, 0.75)) == churns).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["The file is empty"]),
        (HEADER, ["no rows"]),
        (HEADER + ROW + "2,34,550", ["Line 3", "3 fields", "cut off"]),
        (HEADER.replace("age,", "user_id,") + ROW, ["Duplicate column", "user_id"]),
        (HEADER.replace("age", "agee") + ROW, ["Missing columns: age.", "Did you mean 'agee'?"]),
        (HEADER + ROW.replace("200", "many"), ["Text in a number column", "'many'", "purchase_amount"]),
        (HEADER + ROW.replace("200", ""), ["Row 1: column 'purchase_amount' is empty"]),
        (HEADER + ROW.replace("North", ""), ["Row 1: column 'region' is empty"]),
        (HEADER + ROW.replace("4.5", "inf"), ["Row 1: 'inf' in column 'loyalty_score'", "finite"]),
        (HEADER + ROW.replace("25", "25.5"), ["Row 1: '25.5' in column 'age'", "whole"]),
        (HEADER + ROW + ROW, ["Row 2: user_id is 1", "user_id_once"]),
        (HEADER + ROW.replace("25", "7"), ["age is 7", "age_in_years", "from 14 to 99"]),
        (
            HEADER + ROW.replace("45000", "0"),
            ["income_positive", "Also broken: amount_below_income"],
        ),
        (HEADER + ROW.replace("200", "-5"), ["purchase_amount is -5", "amount_positive"]),
        (HEADER + ROW.replace("200", "45000"), ["purchase_amount is 45000", "amount_below_income"]),
        (HEADER + ROW.replace("4.5", "11"), ["loyalty_score is 11", "from 0 to 10"]),
        (HEADER + ROW.replace(",12", ",0"), ["purchase_frequency is 0", "frequency_positive"]),
        (HEADER + ROW.replace("North", "Nort"), ["region is Nort", "Did you mean 'North'?", "East"]),
    ],
)
def test_a_faulty_file_is_one_message(text: str, expected: list[str], tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        purchasing_table.load(path)
    message = str(caught.value)
    assert [word for word in (*expected, str(path)) if word not in message] == []
    assert message.count("\n") < 12


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 6),
    st.one_of(st.text(max_size=5), st.sampled_from(["True", "1e400", "9" * 25, "-0", "NA"])),
)
def test_any_field_may_be_wrong_without_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: str
) -> None:
    path = tmp_path_factory.mktemp("table") / "customers.csv"
    rows = pd.read_csv(io.StringIO(HEADER + ROW), dtype="str")
    rows.isetitem(position, [value])
    rows.to_csv(path, index=False)
    try:
        frame = purchasing_table.load(path).frame
    except DataError as error:
        assert str(error).count("\n") < 12  # noqa: PT017
    else:
        assert all(rule.keeps(frame).all() for rule in purchasing_table.RULES)


def test_a_missing_file_is_named_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").touch()
    with pytest.raises(DataError, match=r"Did you mean 'customers\.csv'"):
        purchasing_table.load(tmp_path / "custmers.csv")


@pytest.mark.parametrize(
    ("task", "leaks"),
    [
        ("clv", {"spend_to_income_ratio", "growth_potential_score"}),
        ("churn", {"purchase_frequency", "customer_value_score", "is_loyal", "is_frequent"}),
        ("segments", set()),
    ],
)
def test_lineage_finds_the_leaks_and_nothing_else(task: str, leaks: set[str]) -> None:
    features = {
        name for key, names in purchasing_table.FEATURE_SETS.items() if key[0] == task for name in names
    }
    assert {name for name in features if purchasing_table.LINEAGE.leak(name, task)} == leaks


def test_lineage_names_the_path() -> None:
    leak = purchasing_table.LINEAGE.leak("spend_to_income_ratio", "clv")
    assert leak is not None
    assert leak.path == "spend_to_income_ratio ← purchase_amount → clv"


def test_feature_sets_have_the_sources_sizes() -> None:
    assert {key: len(names) for key, names in purchasing_table.FEATURE_SETS.items()} == {
        ("clv", "leaky"): 9, ("clv", "clean"): 6, ("churn", "leaky"): 10, ("churn", "clean"): 7,
        ("segments", "leaky"): 4, ("segments", "clean"): 4, ("segments", "strict"): 5,
    }  # fmt: skip


def test_the_churn_label_is_fitted_on_the_rows_given() -> None:
    rows = pd.DataFrame({"loyalty_score": [0.0, 5.0, 10.0], "purchase_frequency": [1, 6, 11]})
    label = purchasing_table.fit_churn(rows)
    assert label.threshold == 0.75
    new = pd.DataFrame({"loyalty_score": [5.0, 4.9, -10.0], "purchase_frequency": [1, 1, 1]})
    assert label(new).tolist() == [0.0, 1.0, 1.0]


@given(st.sets(st.integers(0, 237), min_size=1), st.sets(st.integers(0, 237)))
def test_a_fitted_label_does_not_depend_on_the_rows_it_labels(fitted: set[int], labelled: set[int]) -> None:
    frame = FRAME
    label = purchasing_table.fit_churn(frame.iloc[sorted(fitted)])
    rows = sorted(labelled)
    assert label(frame.iloc[rows]).tolist() == label(frame)[rows].tolist()
    # At most the rows behind the position of the quantile, 0.75 × (n − 1), can lie above it.
    assert label(frame)[sorted(fitted)].sum() <= len(fitted) - 1 - int(0.75 * (len(fitted) - 1))


def test_targets_can_be_pickled_for_a_worker() -> None:
    targets = pickle.loads(pickle.dumps(purchasing_table.load(None).targets))
    frame = customers()
    assert targets["clv"].fit(frame)(frame).tolist() == frame["purchase_amount"].tolist()
    assert targets["churn"].fit(frame)(frame).sum() == 60
