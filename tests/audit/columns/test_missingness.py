from __future__ import annotations

import numpy as np

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.columns.missingness import missingness


def test_values_missing_because_of_the_event_are_a_leak(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(0)
    label = (y > np.quantile(y, 0.7)).astype(float)
    lost = (label == 1) & (rng.random(len(y)) < 0.8)
    X["last_call"] = np.where(lost, np.nan, rng.normal(size=len(y)))
    (finding,) = missingness(make_case(X, label))
    assert finding.kind == "leak"
    assert finding.columns == ("last_call",)
    assert finding.message.startswith("last_call is missing on ")


def test_values_missing_at_random_pass_and_without_any_it_is_not_applicable(clean, make_case) -> None:
    X, y = clean
    label = (y > np.quantile(y, 0.7)).astype(float)
    assert missingness(make_case(X, label)) == NotApplicable("no value is missing")
    X.loc[np.random.default_rng(0).random(len(y)) < 0.2, "x2"] = np.nan
    assert missingness(make_case(X, label)) == []


def test_values_missing_more_often_with_the_event_are_suspect(clean, make_case) -> None:
    X, y = clean
    label = (y > np.quantile(y, 0.7)).astype(float)
    rng = np.random.default_rng(0)
    lost = rng.random(len(y)) < np.where(label == 1, 0.6, 0.07)
    X["last_call"] = np.where(lost, np.nan, rng.normal(size=len(y)))
    assert [f.kind for f in missingness(make_case(X, label))] == ["suspect"]


def test_values_known_on_few_rows_with_the_event_and_no_other_are_a_leak(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(0)
    label = (y > np.quantile(y, 0.7)).astype(float)
    known = (label == 1) & (rng.random(len(y)) < 0.25)
    X["returned_on"] = np.where(known, rng.integers(0, 90, len(y)).astype(float), np.nan)
    (finding,) = missingness(make_case(X, label))
    assert finding.kind == "leak"
    assert finding.message.startswith("returned_on is present on ")
