"""One recorder writes folder and store: a trial is saved, updated, and freed of what it got as a winner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cip_exp.app.recording import SweepRecorder
from cip_exp.app.study_recorder import StudyRecorder
from cip_exp.config.load import compose
from cip_exp.track import sweep_folder
from tests.track.conftest import make_trial

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def recorder(outputs: Path) -> SweepRecorder:
    settings = compose(["track=off", f"outputs={outputs}"])
    return SweepRecorder(outputs / "sweeps" / "s", None, settings)


def test_a_winner_is_recorded_and_unset_again(recorder: SweepRecorder) -> None:
    plain = recorder.save(make_trial())
    assert plain.run_id is None, "track=off records no run"
    won = recorder.update(plain, {"test_f1": 0.5, "quoted_f1": 0.4}, {"cip.winner": "true"})
    (recorder.folder / "models" / "0").mkdir(parents=True)
    assert sweep_folder.read_trials(recorder.folder) == [won]
    assert won.metrics["quoted_f1"] == 0.4
    assert recorder.unset_winner(won) == plain
    assert sweep_folder.read_trials(recorder.folder) == [plain]
    assert not (recorder.folder / "models" / "0").exists()


def test_a_confirmed_trial_does_not_replace_the_searched_one(recorder: SweepRecorder) -> None:
    searched = recorder.save(make_trial())
    again = recorder.save(make_trial(objective=0.25), confirmed=True)
    confirmed = recorder.folder / sweep_folder.CONFIRM
    assert sweep_folder.read_trials(confirmed) == [again]
    recorder.remove_confirmed(again)
    assert sweep_folder.read_trials(confirmed) == []
    assert sweep_folder.read_trials(recorder.folder) == [searched]


def test_a_duplicate_of_an_earlier_winner_is_not_recorded_as_one(recorder: SweepRecorder) -> None:
    won = make_trial(winner_notes=("quote 0.4",))
    recorder.update(recorder.save(won), {"test_f1": 0.5, "quoted_f1": 0.4}, {"cip.winner": "true"})
    StudyRecorder(recorder, {}).on_trial_end(
        number=1, job=1, state="complete", overrides=(), duplicate_of=0, error=""
    )
    duplicate = sweep_folder.read_trial(recorder.folder, 1)
    assert duplicate is not None
    assert duplicate.tags["cip.duplicate_of"] == "0"
    assert "cip.winner" not in duplicate.tags
    assert duplicate.all_notes == ()
    assert not {"test_f1", "quoted_f1"} & set(duplicate.metrics)
