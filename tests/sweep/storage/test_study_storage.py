"""Who owns a trial, and what a journal looks like after a kill."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import optuna
import pytest
from optuna.trial import TrialState

from cip_exp.errors import ConfigError
from cip_exp.sweep.storage import study_storage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def study(tmp_path: Path) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(study_name="s", storage=study_storage.open_storage(None, tmp_path))


def dead_process() -> list[object]:
    host, _, started = study_storage.this_process()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return [host, gone.pid, started]


def test_an_owner_is_its_host_its_number_and_its_birth() -> None:
    host, pid, started = study_storage.this_process()
    assert pid == os.getpid()
    assert study_storage.is_alive([host, pid, started])
    assert not study_storage.is_alive(dead_process())
    if started is not None:
        assert not study_storage.is_alive(
            [host, pid, started - 1]
        )  # the number was given to another process since
    assert study_storage.is_alive(["elsewhere", 1, 1.0])


@pytest.mark.parametrize(
    ("owners", "lost"),
    [(["dead", "live"], [0]), (["dead", None], [0, 1]), (["live", None], []), (["dead", "elsewhere"], [0])],
)
def test_only_the_trials_of_the_dead_are_run_again(
    study: optuna.Study, owners: list[str | None], lost: list[int]
) -> None:
    marks = {"dead": dead_process(), "live": study_storage.this_process(), "elsewhere": ["elsewhere", 1, 1.0]}
    for owner in owners:
        trial = study.ask()
        trial.suggest_float("x", 0, 1)
        if owner is not None:
            study_storage.claim(study, trial._trial_id, marks[owner])
    before = [trial.params for trial in study.trials]
    assert study_storage.requeue_lost(study) == lost
    states = [trial.state for trial in study.trials]
    assert [number for number, state in enumerate(states) if state is TrialState.WAITING] == lost
    again = [study.ask() for _ in lost]
    assert [trial.number for trial in again] == lost
    assert [trial.suggest_float("x", 0, 1) for trial in again] == [before[number]["x"] for number in lost]


def test_half_a_line_at_the_end_of_a_journal_is_dropped(study: optuna.Study, tmp_path: Path) -> None:
    study.tell(study.ask(), 1.0)
    with (tmp_path / "journal.log").open("a", encoding="utf-8") as journal:
        journal.write('{"op_code": 4, "worker_')
    reopened = optuna.load_study(study_name="s", storage=study_storage.open_storage(None, tmp_path))
    reopened.tell(reopened.ask(), 2.0)
    assert [trial.value for trial in study.trials] == [1.0, 2.0]


def test_what_a_study_rests_on_must_not_change(study: optuna.Study) -> None:
    study_storage.check_facts(study, {"space": {"x": "a", "y": "b"}, "data": 1}, fresh=True)
    study_storage.check_facts(study, {"data": 1, "space": {"y": "b", "x": "a"}}, fresh=False)
    with pytest.raises(ConfigError, match=r"data was 1, is 2; space.y was b, is absent"):
        study_storage.check_facts(study, {"space": {"x": "a"}, "data": 2}, fresh=False)


def test_sqlite_where_asked_for(tmp_path: Path) -> None:
    store = study_storage.open_storage("sqlite", tmp_path)
    assert (tmp_path / "study.db").exists()
    store.remove_session()
