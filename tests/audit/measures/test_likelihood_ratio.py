from __future__ import annotations

import numpy as np

from cip_exp.audit.measures.likelihood_ratio import highest_ratio
from cip_exp.audit.measures.target_events import target_events

RNG = np.random.default_rng(0)
LABEL = (RNG.random(400) < 0.25).astype(float)
AMOUNT = RNG.gamma(2.0, 10.0, 400)


def test_an_indicator_on_half_of_the_event_and_no_other_row_has_a_high_ratio() -> None:
    rates = highest_ratio((LABEL == 1) & (RNG.random(400) < 0.6), target_events(LABEL, "churn"))
    assert rates is not None
    assert rates.is_high
    assert rates.event == "churn = 1"
    assert rates.without == 0.0
    assert rates.present


def test_the_absence_of_an_indicator_can_have_a_high_ratio() -> None:
    rates = highest_ratio((LABEL == 0) | (RNG.random(400) < 0.3), target_events(LABEL, "churn"))
    assert rates is not None
    assert rates.is_high
    assert not rates.present


def test_the_top_of_an_amount_is_an_event_too() -> None:
    rates = highest_ratio(np.quantile(AMOUNT, 0.8) < AMOUNT, target_events(AMOUNT, "clv"))
    assert rates is not None
    assert rates.is_high
    assert rates.event.startswith("clv > ")


def test_random_and_rare_indicators_have_no_high_ratio() -> None:
    random = highest_ratio(RNG.random(400) < 0.5, target_events(LABEL, "churn"))
    assert random is not None
    assert not random.is_high
    rare = np.zeros(400, dtype=bool)
    rare[np.flatnonzero(LABEL == 1)[:10]] = True
    assert highest_ratio(rare, target_events(LABEL, "churn")) is None
