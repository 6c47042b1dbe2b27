"""The synthetic table has the measured properties of the public table, and none of its customers."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from cip_exp.data import purchasing_table
from cip_exp.data.digest import sha256_of
from cip_exp.data.purchasing_synthetic import customers

SHARED = Path(os.environ.get("CIP_SHARED", Path(__file__).resolve().parents[3] / "shared"))
REAL = SHARED / "data" / "Customer_Purchasing_Behaviors.csv"

NUMBERS = ["age", "annual_income", "purchase_amount", "loyalty_score", "purchase_frequency"]
# Measured on the public table: the upper triangle, row by row.
CORRELATIONS = [
    0.974833, 0.986140, 0.981835, 0.980532, 0.984208, 0.984351, 0.982920, 0.994147, 0.993579, 0.986990,
]  # fmt: skip


def test_the_table_is_the_same_on_every_machine() -> None:
    assert sha256_of(customers()) == "b7ae660a27fe86745d436b02e0e58ce0bfe8f742db2981e5e4b6672bd10dbfba"


def test_columns_types_and_ranges_are_the_public_tables() -> None:
    frame = customers()
    assert [str(kind) for kind in frame.dtypes] == ["int64"] * 4 + ["float64", "str", "int64"]
    assert tuple(frame.columns) == purchasing_table.COLUMNS
    assert frame["user_id"].tolist() == list(range(1, 239))
    assert frame[NUMBERS].min().tolist() == [22, 30_000, 150, 3.0, 10]
    assert frame[NUMBERS].max().tolist() == [55, 75_000, 640, 9.5, 28]
    assert frame["region"].value_counts().to_dict() == {"North": 78, "South": 77, "West": 77, "East": 6}


def test_correlations_are_within_a_hundredth() -> None:
    found = customers()[NUMBERS].corr().to_numpy()[np.triu_indices(5, k=1)]
    assert np.abs(found - CORRELATIONS).max() <= 0.01


def test_one_factor_explains_as_much_variance_as_in_the_public_table() -> None:
    shares = np.linalg.eigvalsh(customers()[NUMBERS].corr().to_numpy()) / 5
    assert shares[-1] == pytest.approx(0.988, abs=0.002)


def test_profiles_repeat_as_in_the_public_table() -> None:
    profiles = customers().drop(columns="user_id")
    counts = [14, 13, *[8] * 4, *[7] * 15, *[6] * 7, *[1] * 32]
    assert profiles.value_counts().tolist() == counts
    assert len(profiles[NUMBERS].drop_duplicates()) == 47


def test_rows_keep_the_business_rules() -> None:
    purchasing_table.schema().validate(customers(), lazy=True)


@pytest.mark.skipif(not REAL.exists(), reason=f"the public table is not at {REAL}")
def test_no_profile_is_a_real_one() -> None:
    real = pd.read_csv(REAL)
    assert customers()[NUMBERS].merge(real[NUMBERS], on=NUMBERS).empty


def test_twins_can_stay_together_in_every_split() -> None:
    frame = customers()
    twins = frame.drop(columns="user_id").groupby(list(frame.columns[1:])).ngroup().to_numpy()
    churns = purchasing_table.fit_churn(frame)(frame)
    assert churns.sum() == 60
    for seed in range(20):
        outer = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        train, holdout = next(outer.split(frame, churns, twins))
        folds = [train[side] for _, side in outer.split(train, churns[train], twins[train])]
        assert all(4 <= churns[rows].sum() <= len(rows) - 20 for rows in (holdout, *folds))
