from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.measures.event_counts import (
    EventCounts,
    count_missing,
    count_sets,
    join_counts,
    opposite_of,
)
from cip_exp.audit.measures.target_events import target_events
from cip_exp.audit.measures.value_sets import sets_of_numbers

RNG = np.random.default_rng(0)
AMOUNT = RNG.gamma(2.0, 10.0, 400).round(2)
VALUES = np.where(RNG.random(400) < 0.2, np.nan, RNG.integers(0, 4, 400).astype(float))


@pytest.fixture(params=["label", "amount"])
def counted(request: pytest.FixtureRequest) -> tuple[EventCounts, np.ndarray, np.ndarray, np.ndarray]:
    y = (AMOUNT > 25).astype(float) if request.param == "label" else AMOUNT
    events, sets = target_events(y, "t"), sets_of_numbers(VALUES)
    counts = join_counts(count_sets(sets, events), count_missing(sets.missing, events))
    return counts, events.rows, events.near, events.beyond


def test_the_counts_are_those_of_the_rows(counted) -> None:
    counts, rows, near, beyond = counted
    for event in range(len(rows)):
        for at in range(counts.words.shape[1]):
            having = counts.rows(event, at)
            assert counts.inside[event, at] == (having & rows[event]).sum()
            assert counts.outside[event, at] == (having & ~rows[event]).sum()
            assert counts.near[event, at] == (having & near[event]).sum()
            assert counts.beyond[event, at] == (having & beyond[event]).sum()


def test_a_set_has_its_opposite_and_both_with_missing_values(counted) -> None:
    counts, *_ = counted
    words = counts.words[0].tolist()
    assert {"is 2", "is not 2", "is 2 or missing", "is not 2 or missing", "is missing", "is present"} <= {
        *words
    }
    assert (counts.rows(0, words.index("is not 2")) == (~np.isnan(VALUES) & (VALUES != 2))).all()


@pytest.mark.parametrize(
    ("word", "opposite"),
    [
        ("is 0", "is not 0"),
        ("begins with 'A'", "does not begin with 'A'"),
        ("contains 'x'", "does not contain 'x'"),
    ],
)
def test_the_opposite_in_words(word: str, opposite: str) -> None:
    assert opposite_of(word) == opposite
