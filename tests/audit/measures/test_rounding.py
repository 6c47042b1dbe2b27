from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.audit.column_view import half_widths
from cip_exp.audit.measures.formulas import Formula
from cip_exp.audit.measures.rounding import Interval, match, unit_factor


def rounded(values: np.ndarray, decimals: int) -> Interval:
    stored = values.round(decimals)
    return Interval(stored, half_widths(stored, decimals))


@given(st.integers(0, 10_000), st.integers(0, 4), st.sampled_from([(1.0, 1.0), (1.0, -1.0), (2.0, 1.0)]))
def test_a_formula_of_rounded_columns_always_contains_the_computed_target(
    seed: int, decimals: int, weights: tuple[float, float]
) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(2, 50, 60), rng.uniform(2, 50, 60)
    exact = 3.0 * a ** weights[0] * b ** weights[1]
    image = Formula("power", (0, 1), weights, 3.0).image([rounded(a, decimals), rounded(b, decimals)])
    y = rounded(exact, 2)
    # The half-width is of first order: with a relative one of r, the deviation is at most half / (1 - r).
    half = image.half / (1 - image.half / image.value) + 1e-9 * np.abs(exact)
    assert (np.abs(y.value - image.value) <= y.half + half).all()


def test_wide_intervals_hold_by_chance_and_are_not_exact() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 200).astype(float)
    kept = match(Interval(y, np.full(200, 0.5)), Interval(rng.uniform(0, 2, 200), np.full(200, 2.0)))
    assert kept.holds == 1.0
    assert kept.chance > 0.9
    assert not kept.exact


def test_a_high_r2_is_not_exact() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(100, 5000, 500)
    y = x * rng.normal(1, 0.01, 500)
    kept = match(rounded(y, 2), rounded(x, 2))
    assert np.corrcoef(x, y)[0, 1] ** 2 > 0.999
    assert kept.holds < 0.01
    assert not kept.partly


def test_factors_near_a_unit_become_that_unit() -> None:
    image = np.linspace(1, 9, 50)[:, None] * np.array([1.0, 12.0, 0.01, 1.37])
    factors = unit_factor(np.linspace(1, 9, 50)[:, None] * 1.002, image)
    np.testing.assert_allclose(factors, [1.0, 1 / 12, 100.0, 1.002 / 1.37], rtol=1e-12)
