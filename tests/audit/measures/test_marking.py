from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.measures.event_counts import count_missing, count_sets
from cip_exp.audit.measures.marking import Mark, agreement, best_mark
from cip_exp.audit.measures.target_events import target_events
from cip_exp.audit.measures.value_sets import sets_of_numbers

N = 1_000


def mark_of(values: np.ndarray, y: np.ndarray) -> Mark | None:
    events = target_events(y, "t")
    return best_mark(count_sets(sets_of_numbers(values), events), events)


@pytest.mark.parametrize("rate", [0.15, 0.4, 0.9])
def test_a_value_of_one_class_is_a_mark(rate: float) -> None:
    rng = np.random.default_rng(0)
    label = (rng.random(N) < 0.25).astype(float)
    paid = (label == 1) & (rng.random(N) < rate)
    found = mark_of(np.where(paid, rng.gamma(2.0, 50.0, N), 0.0), label)
    assert found is not None
    assert (found.inside, found.outside) == (paid.sum(), 0)


def test_a_value_of_the_top_of_an_amount_is_a_mark_where_it_stops_at_a_cut() -> None:
    rng = np.random.default_rng(1)
    amount = rng.gamma(2.0, 10.0, N)
    share = np.argsort(np.argsort(amount)) / N
    sharp = (share > 0.75) & (rng.random(N) < 0.5)
    smooth = rng.random(N) < share**12
    assert mark_of(sharp.astype(float), amount) is not None
    assert mark_of(smooth.astype(float), amount) is None


@pytest.mark.parametrize("task", ["churn", "clv"])
def test_independent_values_are_never_marks(task: str) -> None:
    for seed in range(150):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(60, 600))
        amount = rng.gamma(2.0, 10.0, n)
        y = (rng.random(n) < 0.3).astype(float) if task == "churn" else amount
        assert mark_of(rng.poisson(2.0, n).astype(float), y) is None
        lost = rng.random(n) < 0.2
        events = target_events(y, "t")
        assert best_mark(count_missing(lost, events), events) is None


def test_the_agreement_of_two_indicators_is_their_squared_correlation() -> None:
    rng = np.random.default_rng(2)
    first = rng.random(500) < 0.3
    second = first ^ (rng.random(500) < 0.1)
    assert agreement(first, second) == pytest.approx(np.corrcoef(first, second)[0, 1] ** 2)
    assert agreement(first, first) == pytest.approx(1.0)
    assert agreement(first, np.zeros(500, dtype=bool)) == 0.0
