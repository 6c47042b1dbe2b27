from __future__ import annotations

import numpy as np

from cip_exp.audit.measures.event_marks import best_mark

RNG = np.random.default_rng(0)
LABEL = (RNG.random(400) < 0.25).astype(float)
AMOUNT = RNG.gamma(2.0, 10.0, 400)


def test_a_mark_on_half_of_those_with_the_event_and_on_nobody_else_tells() -> None:
    mark = best_mark((LABEL == 1) & (RNG.random(400) < 0.6), LABEL, "churn")
    assert mark is not None
    assert mark.tells
    assert mark.event == "churn = 1"
    assert mark.without == 0.0


def test_the_missing_mark_tells_as_much() -> None:
    mark = best_mark((LABEL == 0) | (RNG.random(400) < 0.3), LABEL, "churn")
    assert mark is not None
    assert mark.tells


def test_the_top_of_an_amount_is_an_event_too() -> None:
    mark = best_mark(np.quantile(AMOUNT, 0.8) < AMOUNT, AMOUNT, "clv")
    assert mark is not None
    assert mark.tells
    assert mark.event.startswith("clv > ")


def test_a_coin_and_a_rare_mark_tell_nothing() -> None:
    coin = best_mark(RNG.random(400) < 0.5, LABEL, "churn")
    assert coin is not None
    assert not coin.tells
    rare = np.zeros(400, dtype=bool)
    rare[np.flatnonzero(LABEL == 1)[:10]] = True
    assert best_mark(rare, LABEL, "churn") is None
