"""The benchmark of comparisons: its models are what they are called, its rules obey the laws between them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model import Ridge as StockRidge

from benchmarks.null_power import RULES, Intervals, Tally, judge, measure, one_seed, page, summarise
from benchmarks.null_worlds import FOLDS, NOISE, PENALTY, PLANTED, SEEDS, WORLDS, Logit, Ridge, World, draw

RIDGE = WORLDS[0]


@pytest.fixture(scope="module")
def small() -> World:
    """Ridge on simulated customers, which needs no package of tables."""
    return World(RIDGE.name, RIDGE.table, RIDGE.task, RIDGE.build, share=1.0)


def test_the_models_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    X, noise = rng.normal(size=(80, 4)), rng.normal(size=80)
    y = X[:, 0] + noise
    assert Ridge().fit(X, y).predict(X) == pytest.approx(StockRidge(alpha=PENALTY).fit(X, y).predict(X))
    churn = (y > 0).astype(np.float64)
    stock = LogisticRegression(C=1 / PENALTY, tol=1e-8).fit(X, churn)
    own = Logit().fit(X, churn)
    assert own.weights == pytest.approx(np.r_[stock.coef_[0], stock.intercept_], abs=1e-4)
    assert own.predict(X).tolist() == stock.predict(X).tolist()


def test_a_sample_is_the_same_again_and_its_models_see_the_same_folds() -> None:
    one, two = draw(RIDGE, 3), draw(RIDGE, 3)
    assert np.array_equal(one.columns(NOISE), two.columns(NOISE))
    trials = [each.trial(each.columns(NOISE)) for each in (one, two)]
    assert trials[0] == trials[1]
    assert len(trials[0].folds["r2"]) == len(one.folds) == SEEDS * FOLDS
    assert not np.array_equal(one.y, draw(RIDGE, 4).y)


def test_whoever_wins_by_the_corrected_test_wins_by_the_naive_one(small: World) -> None:
    tallies, intervals = measure(12, 3, (small,))
    assert [noise for _, noise in tallies] == [NOISE, *PLANTED]
    assert [len(tally.found) for tally in tallies.values()] == [12, 3, 3, 3]
    for tally in tallies.values():
        assert not np.any(np.array(tally.said["ours"]) & ~np.array(tally.said["naive"]))
    text = page(tallies, intervals, "A few.")
    assert all(label in text for label in RULES.values())
    assert text.count(f"| {small.name}") >= len(PLANTED)


def test_a_large_plant_is_found_and_its_own_twin_is_not() -> None:
    sample = draw(RIDGE, 0)
    base, tally = sample.trial(sample.columns(0.0)), Tally()
    better = tuple(score + 1.0 + 0.01 * (at % 2) for at, score in enumerate(base.folds["r2"]))
    judge(base, type(base)(**{**vars(base), "folds": {"r2": better}}), tally)
    judge(base, base, tally)
    assert all(said == [True, False] for said in tally.said.values())


def test_the_same_folds_ten_times_say_no_more_than_once() -> None:
    sample, intervals = draw(RIDGE, 0), Intervals()
    trial = sample.trial(sample.columns(NOISE))
    summarise(trial, RIDGE, intervals)
    once, pinned = intervals.bounds["1 × 5"][0], intervals.bounds["10 seeds, same 5 folds"][0]
    assert pinned == pytest.approx(once)
    assert len(one_seed(trial).folds["r2"]) == FOLDS
