"""Comparisons on dependent folds: values by hand, symmetries, series without variance or without scores."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cip_exp.evaluation import statistics

GAINS = [0.02, 0.00, 0.04, 0.01, 0.03]
series = st.lists(st.floats(-1, 1), min_size=2, max_size=50)


def test_the_corrected_t_by_hand() -> None:
    found = statistics.corrected_t(GAINS, 0.25)
    # Mean 0.02, variance 0.00025; (1/5 + 1/4) × 0.00025 = 0.0001125; Student's t with 4 degrees 2.776445.
    assert found.difference == pytest.approx(0.02)
    assert found.se == pytest.approx(math.sqrt(0.0001125))
    assert (found.dof, found.n) == (4, 5)
    assert found.p == pytest.approx(2 * stats.t.sf(0.02 / math.sqrt(0.0001125), 4))
    assert found.low == pytest.approx(0.02 - 2.776445 * math.sqrt(0.0001125))
    assert found.high == pytest.approx(0.02 + 2.776445 * math.sqrt(0.0001125))


def test_the_bayesian_t_by_hand() -> None:
    # Corani and Benavoli's scale: (1/5 + ρ/(1−ρ)) s² with ρ = 1/5 of the rows held out.
    scale = math.sqrt((1 / 5 + 0.2 / 0.8) * 0.00025)
    left, rope, right = statistics.posterior(statistics.corrected_t(GAINS, 0.25), 0.01)
    posterior = stats.t(4, 0.02, scale)
    assert left == pytest.approx(posterior.cdf(-0.01))
    assert right == pytest.approx(posterior.sf(0.01))
    assert rope == pytest.approx(posterior.cdf(0.01) - posterior.cdf(-0.01))


def test_the_detectable_difference_is_found_with_power_0_8() -> None:
    found = statistics.corrected_t(GAINS, 0.25)
    t = stats.nct.rvs(4, found.detectable / found.se, size=20_000, random_state=0)
    assert np.mean(np.abs(t) > stats.t.isf(0.025, 4)) == pytest.approx(0.80, abs=0.01)
    assert found.detectable_among(10) > found.detectable


@given(series, st.floats(0.01, 1))
def test_the_naive_error_is_never_larger_than_the_corrected_one(gains: list[float], ratio: float) -> None:
    found = statistics.corrected_t(gains, ratio)
    assert found.se == 0 or found.se > np.std(gains, ddof=1) / math.sqrt(len(gains))


@given(series, st.floats(0.01, 1), st.floats(0, 0.1))
def test_negative_differences_give_the_mirrored_result(gains: list[float], ratio: float, rope: float) -> None:
    one, other = (statistics.corrected_t(sign * np.array(gains), ratio) for sign in (1, -1))
    assert (one.p, one.se) == (other.p, other.se)
    assert (one.low, one.high) == (-other.high, -other.low)
    left, equal, right = statistics.posterior(one, rope)
    assert statistics.posterior(other, rope) == pytest.approx((right, equal, left))
    assert left + equal + right == pytest.approx(1)


@pytest.mark.parametrize(
    ("amount", "p", "shares"), [(0.0, 1.0, (0, 1, 0)), (0.3, 0.0, (0, 0, 1)), (-0.3, 0.0, (1, 0, 0))]
)
def test_equal_differences_have_the_limit_as_p(amount: float, p: float, shares: tuple[float, ...]) -> None:
    found = statistics.corrected_t([amount] * 5, 0.25)
    assert (found.p, found.se, found.low, found.high) == (p, 0.0, found.difference, found.difference)
    assert found.detectable == 0.0
    assert statistics.posterior(found, 0.01) == shares


def test_rounding_error_is_no_difference() -> None:
    found = statistics.corrected_t([1e-16, 0.0, -1e-16, 2e-16], 0.25)
    assert (found.difference, found.p) == (0.0, 1.0)


def test_a_fold_without_a_score_is_left_out() -> None:
    assert statistics.corrected_t([*GAINS, math.nan], 0.25) == statistics.corrected_t(GAINS, 0.25)


@pytest.mark.parametrize("gains", [[], [0.1], [0.1, math.nan]])
def test_fewer_than_two_folds_have_no_test(gains: list[float]) -> None:
    found = statistics.corrected_t(gains, 0.25)
    assert all(math.isnan(value) for value in (found.se, found.p, found.low, found.high, found.detectable))
    assert all(math.isnan(share) for share in statistics.posterior(found, 0.01))


def test_errors_of_unpaired_series_are_added_with_welchs_degrees_of_freedom() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.5, 0.1, 10), rng.normal(0.6, 0.3, 20)
    # With a ratio of zero nothing is corrected, and the test is Welch's.
    found, welch = statistics.unpaired_t(a, b, (0.0, 0.0)), stats.ttest_ind(b, a, equal_var=False)
    assert (found.p, found.dof) == pytest.approx((welch.pvalue, welch.df))
    assert statistics.unpaired_t(a, b, (0.25, 0.25)).p > found.p
    assert statistics.unpaired_t([0.5] * 3, [0.5] * 3, (0.25, 0.25)).p == 1.0
    assert math.isnan(statistics.unpaired_t([0.5], b, (0.25, 0.25)).p)


def test_holm_by_hand() -> None:
    adjusted = statistics.holm([0.01, 0.04, math.nan, 0.03, 0.005])
    assert adjusted == pytest.approx([0.03, 0.06, math.nan, 0.06, 0.02], nan_ok=True)
    assert statistics.holm([]).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1))
def test_holm_is_between_raw_and_bonferroni_and_keeps_the_order(p: list[float]) -> None:
    raw, adjusted = np.array(p), statistics.holm(p)
    assert (raw <= adjusted).all()
    assert (adjusted <= np.minimum(1, raw * len(raw))).all()
    assert (np.diff(adjusted[np.argsort(raw, kind="stable")]) >= 0).all()
