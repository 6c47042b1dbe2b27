from __future__ import annotations

import numpy as np
import pandas as pd


def test_a_mark_that_the_other_columns_explain_is_none(clean, make_case) -> None:
    X, y = clean
    label = (y > np.quantile(y, 0.7)).astype(float)
    rng = np.random.default_rng(0)
    trait = (label == 1) & (rng.random(len(y)) < 0.3)
    X["grade"] = np.where(trait, 0.0, rng.gamma(2.0, 9.0, len(y)))
    assert 8 in make_case(X, label).search.marks
    X["score"] = label + 0.2 * rng.normal(size=len(y))
    assert 8 not in make_case(X, label).search.marks


def test_two_columns_with_the_same_mark_do_not_clear_each_other(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(0)
    ended = (y > np.quantile(y, 0.75)) & (rng.random(len(y)) < 0.6)
    X["status"] = pd.Categorical(np.where(ended, "ended", rng.choice(["open", "paused"], len(y))))
    X["ended_on"] = np.where(ended, rng.integers(0, 90, len(y)).astype(float), np.nan)
    marks = make_case(X, y).search.marks
    assert [marks[at].word for at in (8, 9)] == ["is 'ended'", "is present"]
    assert marks[9].by_missing


def test_a_target_without_events_has_no_marks(clean, make_case) -> None:
    X, _ = clean
    assert make_case(X, np.zeros(len(X))).search.marks == {}
