"""The benchmark of comparisons: its models equal scikit-learn's, and its rules are consistent."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model import Ridge as StockRidge

from benchmarks.null_power import RULES, Intervals, Tally, apply_rules, measure, one_seed, page, summarise
from benchmarks.null_worlds import FOLDS, NOISE, PENALTY, PLANTED, SEEDS, WORLDS, Logit, Ridge, World, draw

RIDGE = WORLDS[0]


@pytest.fixture(scope="module")
def small() -> World:
    """Ridge on simulated customers, which needs no package with data."""
    return World(RIDGE.name, RIDGE.table, RIDGE.task, RIDGE.build, share=1.0)


def test_the_models_equal_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    X, noise = rng.normal(size=(80, 4)), rng.normal(size=80)
    y = X[:, 0] + noise
    assert Ridge().fit(X, y).predict(X) == pytest.approx(StockRidge(alpha=PENALTY).fit(X, y).predict(X))
    churn = (y > 0).astype(np.float64)
    stock = LogisticRegression(C=1 / PENALTY, tol=1e-8).fit(X, churn)
    own = Logit().fit(X, churn)
    assert own.weights == pytest.approx(np.r_[stock.coef_[0], stock.intercept_], abs=1e-4)
    assert own.predict(X).tolist() == stock.predict(X).tolist()


def test_a_sample_is_reproducible_and_its_models_have_the_same_folds() -> None:
    one, two = draw(RIDGE, 3), draw(RIDGE, 3)
    assert np.array_equal(one.columns(NOISE), two.columns(NOISE))
    trials = [each.trial(each.columns(NOISE)) for each in (one, two)]
    assert trials[0] == trials[1]
    assert len(trials[0].folds["r2"]) == len(one.folds) == SEEDS * FOLDS
    assert not np.array_equal(one.y, draw(RIDGE, 4).y)


def test_a_win_by_the_corrected_test_is_a_win_by_the_naive_one(small: World) -> None:
    tallies, intervals = measure(12, 3, (small,))
    assert [noise for _, noise in tallies] == [NOISE, *PLANTED]
    assert [len(tally.found) for tally in tallies.values()] == [12, 3, 3, 3]
    for tally in tallies.values():
        assert not np.any(np.array(tally.calls["ours"]) & ~np.array(tally.calls["naive"]))
    text = page(tallies, intervals, "A few.")
    assert all(label in text for label in RULES.values())
    assert text.count(f"| {small.name}") >= len(PLANTED)


def test_a_large_difference_is_found_and_no_difference_is_not() -> None:
    sample = draw(RIDGE, 0)
    base, tally = sample.trial(sample.columns(0.0)), Tally()
    better = tuple(score + 1.0 + 0.01 * (at % 2) for at, score in enumerate(base.folds["r2"]))
    apply_rules(base, type(base)(**{**vars(base), "folds": {"r2": better}}), tally)
    apply_rules(base, base, tally)
    assert all(calls == [True, False] for calls in tally.calls.values())


def test_the_same_folds_with_ten_seeds_have_the_interval_of_one_seed() -> None:
    sample, intervals = draw(RIDGE, 0), Intervals()
    trial = sample.trial(sample.columns(NOISE))
    summarise(trial, RIDGE, intervals)
    once, pinned = intervals.bounds["1 × 5"][0], intervals.bounds["10 seeds, same 5 folds"][0]
    assert pinned == pytest.approx(once)
    assert len(one_seed(trial).folds["r2"]) == FOLDS
