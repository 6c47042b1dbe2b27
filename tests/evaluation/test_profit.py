"""Profit equals a campaign counted by hand, and the best threshold has the properties it must have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cip_exp.evaluation.profit import (
    NO_CONTACT,
    CampaignTerms,
    best_threshold,
    cross_fitted_profit,
    expected_profit,
    profit,
    profit_curve,
)
from cip_exp.records.table import Fold

TERMS = CampaignTerms(contact_cost=5, value_kept=100, success_rate=0.3)
Y = np.array([1.0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
P = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0])


@st.composite
def campaigns(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, CampaignTerms]:
    n = draw(st.integers(1, 40))
    # Few levels, so that ties are common.
    p = draw(st.lists(st.integers(0, 8), min_size=n, max_size=n))
    y = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    money = st.floats(0, 1000, allow_nan=False)
    terms = CampaignTerms(draw(money), draw(money), draw(st.floats(0, 1)), draw(st.floats(0, 1)))
    return np.array(y, dtype=float), np.array(p) / 8, terms


def test_a_campaign_counted_by_hand() -> None:
    # Contacting the first three: 2 churners × 0.3 × 100 − 3 × 5 = 45, over 10 customers.
    assert profit(Y, P, 0.65, TERMS) == pytest.approx(4.5)
    assert best_threshold(Y, P, TERMS) == pytest.approx(0.65)
    curve = profit_curve(Y, P, TERMS)
    assert curve.share.tolist() == pytest.approx([i / 10 for i in range(11)])
    assert curve.profit[[0, 1, 3, 10]] == pytest.approx([0, 2.5, 4.5, 1.0])
    assert (curve.threshold[0], curve.threshold[-1]) == (NO_CONTACT, 0.0)


def test_capacity_is_for_the_likeliest_and_ties_count_in_part() -> None:
    one = CampaignTerms(5, 100, 0.3, capacity=0.19)  # 1.9 of ten customers, rounded down to one
    assert profit(Y, P, 0.0, one) == pytest.approx(2.5)
    assert profit(Y, np.full(10, 0.5), 0.0, one) == pytest.approx((0.2 * 30 - 5) / 10)


def test_no_customer_is_contacted_where_no_contact_pays() -> None:
    assert best_threshold(Y, P, CampaignTerms(31, 100, 0.3)) == NO_CONTACT
    assert profit(Y, P, NO_CONTACT, TERMS) == 0.0


@settings(max_examples=50)
@given(campaigns())
def test_the_best_threshold_is_as_good_as_any_on_its_own_rows(given: tuple) -> None:  # type: ignore[type-arg]
    y, p, terms = given
    best = profit(y, p, best_threshold(y, p, terms), terms)
    others = [profit(y, p, threshold, terms) for threshold in (0.0, NO_CONTACT, terms.break_even, *p)]
    assert best >= max(others) - 1e-9
    assert best >= 0


@settings(max_examples=50)
@given(campaigns(), st.floats(0, 2))
def test_capacity_is_respected(given: tuple, threshold: float) -> None:  # type: ignore[type-arg]
    y, p, terms = given
    costs_only = CampaignTerms(1.0, 0.0, terms.success_rate, terms.capacity)
    assert -profit(y, p, threshold, costs_only) * len(y) <= terms.capacity * len(y) + 1e-6


@settings(max_examples=50)
@given(campaigns(), st.sampled_from([0.5, 4.0, 1024.0]))
def test_another_currency_changes_only_the_amounts(given: tuple, rate: float) -> None:  # type: ignore[type-arg]
    y, p, terms = given
    other = CampaignTerms(
        terms.contact_cost * rate, terms.value_kept * rate, terms.success_rate, terms.capacity
    )
    assert best_threshold(y, p, other) == best_threshold(y, p, terms)
    assert profit(y, p, 0.4, other) == profit(y, p, 0.4, terms) * rate


@settings(max_examples=50)
@given(campaigns(), st.randoms())
def test_the_order_of_customers_does_not_matter(given: tuple, random: object) -> None:  # type: ignore[type-arg]
    y, p, terms = given
    order = list(range(len(y)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert best_threshold(y[order], p[order], terms) == best_threshold(y, p, terms)
    assert profit(y[order], p[order], 0.4, terms) == profit(y, p, 0.4, terms)


def test_the_threshold_of_a_fold_does_not_depend_on_that_fold() -> None:
    folds = np.arange(10) % 2
    profits, thresholds = cross_fitted_profit(Y, P, folds, TERMS)
    flipped = np.where(folds == 1, 1 - Y, Y)
    again = cross_fitted_profit(flipped, P, folds, TERMS)
    assert again[1][1] == thresholds[1] == best_threshold(Y[folds == 0], P[folds == 0], TERMS)
    assert again[0][1] != profits[1]


def test_forward_in_time_a_threshold_is_chosen_on_earlier_folds() -> None:
    folds = np.repeat([0, 1, 2, 3, 4], 2)
    _, thresholds = cross_fitted_profit(Y, P, folds, TERMS, forward=True)
    assert thresholds[0] == pytest.approx(5 / 30)
    assert thresholds[2] == best_threshold(Y[:4], P[:4], TERMS)


def test_each_replicate_uses_the_folds_of_its_first_repeat() -> None:
    halves = [np.arange(5), np.arange(5, 10)]
    swapped = [np.arange(0, 10, 2), np.arange(1, 10, 2)]
    folds = [
        Fold(replicate, number, np.array([], dtype=int), rows, None, Y[rows])
        for replicate in (0, 1)
        for number, rows in enumerate([*halves, *swapped])
    ]
    found = expected_profit(np.stack([P, P[::-1]]), folds, TERMS)
    first, _ = cross_fitted_profit(Y, P, np.repeat([0, 1], 5), TERMS)
    assert len(found.folds) == len(found.thresholds) == 4
    assert found.folds[:2].tolist() == first.tolist()
    assert found.threshold == best_threshold(Y, P, TERMS)
    assert found.contact_all == pytest.approx(0.2 * 30 - 5)


def test_a_stopped_trial_is_scored_on_its_finished_folds() -> None:
    folds = [Fold(0, 0, np.array([], dtype=int), np.arange(5), None, Y[:5])]
    half = np.where(np.arange(10) < 5, P, np.nan)
    assert len(expected_profit(half[None], folds, TERMS).folds) == 1
    assert np.isnan(expected_profit(np.full((1, 10), np.nan), folds, TERMS).threshold)
