"""Openings of the holdout are counted by question and seed, and logged before they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.track.holdout_log import read_openings, record_opening
from tests.track.conftest import make_trial

if TYPE_CHECKING:
    from pathlib import Path


def test_openings_of_the_same_question_and_seed_are_counted(tmp_path: Path) -> None:
    winner = make_trial(overrides=("features=clean", "model.max_depth=3"))
    other = make_trial(overrides=("features=strict", "model.max_depth=3"), number=1)
    assert read_openings(tmp_path) == []
    assert [record_opening(tmp_path, each, ("features",)) for each in (winner, other, winner)] == [1, 1, 2]
    assert [each["trial"] for each in read_openings(tmp_path)] == [0, 1, 0]
