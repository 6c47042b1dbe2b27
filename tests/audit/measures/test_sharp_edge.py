from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.measures.sharp_edge import find_edge

RNG = np.random.default_rng(0)
Y = RNG.lognormal(4, 0.8, 1_000)


def test_a_total_is_never_below_what_it_contains() -> None:
    edge = find_edge(Y + RNG.gamma(1, 30, 1_000), Y)
    assert edge is not None
    assert edge.above
    assert edge.factor == pytest.approx(1.0, abs=0.01)
    assert edge.violated > 0.1


def test_a_part_is_never_above_the_amount() -> None:
    edge = find_edge(0.8 * Y * RNG.beta(5, 1, 1_000), Y)
    assert edge is not None
    assert not edge.above
    assert edge.factor == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("noise", [0.05, 0.3, 1.0])
def test_related_columns_have_no_edge(noise: float) -> None:
    for seed in range(20):
        assert find_edge(Y * np.random.default_rng(seed).lognormal(0, noise, 1_000), Y) is None


def test_independent_columns_have_no_edge() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert find_edge(rng.lognormal(4, 0.8, 1_000), Y) is None
        assert find_edge(rng.gamma(1, 50, 1_000), Y) is None


def test_few_rows_few_values_and_zeros_are_not_judged() -> None:
    total = Y + RNG.gamma(1, 30, 1_000)
    assert find_edge(total[:90], Y[:90]) is None
    assert find_edge(np.round(total / 400), np.round(Y / 400)) is None
    assert find_edge(np.where(Y > 60, total, 0.0), Y) is None
