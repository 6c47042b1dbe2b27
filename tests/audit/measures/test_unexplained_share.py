from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.audit.measures.unexplained_share import (
    Condition,
    Score,
    Thresholds,
    needed_by_others,
    share_of_rest,
)

LIMITS = Thresholds(
    0.6, 0.3, 0.4, 0.6, 0.5, 1.0, explained_few_columns=0.65, sharp=Condition(0.45, 0.33, sharp=True)
)


@given(st.floats(0, 1), st.floats(0, 0.99), st.floats(0.01, 0.99))
def test_what_the_others_need_makes_the_share_too_small(alone: float, others: float, share: float) -> None:
    if others >= needed_by_others(alone, share):
        assert share_of_rest(alone, others) < share
    else:
        assert share_of_rest(alone, others) >= share - 1e-6


@pytest.mark.parametrize(
    ("score", "holds"),
    [
        (Score(0.7, 0.1, 0.7), True),
        (Score(0.55, 0.0, 0.55), False),
        (Score(0.62, 0.52, 0.7), False),
        (Score(0.62, 0.52, 0.75), True),
    ],
)
def test_a_score_meets_a_condition_alone_or_with_the_others(score: Score, holds: bool) -> None:
    assert any(each.holds(score) for each in LIMITS.conditions(9) if not each.sharp) == holds


def test_few_other_columns_raise_every_share() -> None:
    assert {each.share for each in LIMITS.conditions(3)} == {0.5}
    assert {each.explained for each in LIMITS.conditions(3)} == {0.65, 0.45}


def test_weak_companions_raise_what_a_column_must_explain() -> None:
    limits = LIMITS._replace(explained_among_weak=0.7, sharp=None)
    for others, holds in ((0.05, False), (0.2, True)):
        score = Score(0.65, others, 0.65)
        assert any(each.holds(score) for each in limits.conditions(9)) == holds
