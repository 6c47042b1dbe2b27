"""The quoted score: what is known of a winner, weighed by how well it is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.selection.quote import BIAS_SHARE, combine_scores

share = st.floats(0, 1)
error = st.floats(0.001, 0.3)


def test_the_holdout_counts_by_its_precision() -> None:
    alone = combine_scores(0.80, 0.0, 0.02)
    both = combine_scores(0.80, 0.0, 0.02, test=0.70, test_se=0.04)
    assert (alone.value, alone.holdout_weight) == (0.80, 0.0)
    assert both.holdout_weight == pytest.approx(0.2)
    assert both.value == pytest.approx(0.78)
    assert both.high - both.low < alone.high - alone.low


def test_a_holdout_that_is_all_right_by_chance_does_not_decide() -> None:
    assert combine_scores(0.80, 0.0, 0.02, test=1.0, test_se=0.0).holdout_weight == pytest.approx(0.2)
    assert combine_scores(0.80, 0.0, 0.0, test=1.0, test_se=0.0).value == pytest.approx(0.8)


def test_luck_is_taken_off_and_bad_luck_is_not_added() -> None:
    assert combine_scores(0.80, 0.04, 0.02).value == pytest.approx(0.80 - BIAS_SHARE * 0.04)
    assert combine_scores(0.80, -0.04, 0.02).value == pytest.approx(0.80)
    assert combine_scores(0.80, float("nan"), 0.02).value == pytest.approx(0.80)


@pytest.mark.parametrize(
    ("test", "test_se"), [(None, None), (0.7, float("nan")), (float("nan"), 0.1), (0.7, None)]
)
def test_a_holdout_that_says_nothing_is_left_out(test: float | None, test_se: float | None) -> None:
    assert combine_scores(0.8, 0.01, 0.02, test, test_se) == combine_scores(0.8, 0.01, 0.02)


def test_without_an_error_there_is_no_interval() -> None:
    found = combine_scores(0.8, 0.0, float("nan"), 0.7, 0.05)
    assert found.value == 0.8
    assert found.low != found.low
    assert found.holdout_weight == 0.0


@given(share, st.floats(-0.2, 0.2), error, share, error)
def test_it_lies_in_its_interval_and_both_inside_the_bounds(
    fresh: float, bias: float, row_se: float, test: float, test_se: float
) -> None:
    found = combine_scores(fresh, bias, row_se, test, test_se)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert 0 < found.holdout_weight < 1
