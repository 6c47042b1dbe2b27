"""A candidate leaves the race only when the folds that both have done rule it out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.selection.racing import FEWEST, ruled_out

RATIO = 0.25
LEADER = np.array([0.80, 0.82, 0.79, 0.81, 0.83, 0.80, 0.82, 0.81])
score = st.floats(0, 1, width=32)


def test_who_is_clearly_behind_leaves_and_a_leader_with_more_folds_is_compared_on_the_shared_ones() -> None:
    behind = LEADER - np.array([0.10, 0.11, 0.10, 0.09, 0.10, 0.11, 0.10, 0.09])
    assert ruled_out(behind[:5], LEADER, RATIO)
    assert ruled_out(behind, LEADER, RATIO)
    assert not ruled_out(LEADER[:5], LEADER, RATIO)


def test_nobody_leaves_before_there_is_a_variance() -> None:
    nowhere = np.zeros(FEWEST - 1)
    assert not ruled_out(nowhere, LEADER, RATIO)
    # An undefined fold is no fold.
    assert not ruled_out(np.r_[nowhere, np.nan], LEADER, RATIO)
    assert ruled_out(np.r_[nowhere, np.nan, 0.0], LEADER, RATIO)


def test_the_correction_keeps_what_the_naive_test_would_throw_out() -> None:
    behind = LEADER - np.array([0.0, 0.02, 0.01, 0.0, 0.02, 0.01, 0.01, 0.0])
    assert ruled_out(behind, LEADER, 0.0)
    assert not ruled_out(behind, LEADER, RATIO, alpha=0.02)


@given(st.lists(st.tuples(score, score), min_size=1, max_size=20), st.floats(0, 1), st.floats(0.01, 0.4))
def test_never_on_a_better_mean_and_the_sooner_the_larger_alpha(
    pairs: list[tuple[float, float]], ratio: float, alpha: float
) -> None:
    challenger, leader = np.array(pairs, dtype=float).T
    if challenger.mean() >= leader.mean():
        assert not ruled_out(challenger, leader, ratio, alpha)
    if ruled_out(challenger, leader, ratio, alpha):
        assert ruled_out(challenger, leader, ratio, alpha + 0.1)


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_an_equal_is_seldom_ruled_out(alpha: float) -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(400, 2, 20))
    assert np.mean([ruled_out(a, b, RATIO, alpha) for a, b in draws]) < alpha
