"""Owners of trials, incomplete journals, and the facts of a study."""

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
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return [host, ended.pid, started]


def test_an_owner_is_host_process_id_and_start_time() -> None:
    host, pid, started = study_storage.this_process()
    assert pid == os.getpid()
    assert study_storage.is_alive([host, pid, started])
    assert not study_storage.is_alive(dead_process())
    if started is not None:
        # The same process id with another start time is another process.
        assert not study_storage.is_alive([host, pid, started - 1])
    assert study_storage.is_alive(["elsewhere", 1, 1.0])


@pytest.mark.parametrize(
    ("owners", "lost"),
    [(["dead", "live"], [0]), (["dead", None], [0, 1]), (["live", None], []), (["dead", "elsewhere"], [0])],
)
def test_only_trials_of_dead_processes_are_run_again(
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


def test_an_incomplete_last_line_is_dropped(study: optuna.Study, tmp_path: Path) -> None:
    study.tell(study.ask(), 1.0)
    with (tmp_path / "journal.log").open("a", encoding="utf-8") as journal:
        journal.write('{"op_code": 4, "worker_')
    reopened = optuna.load_study(study_name="s", storage=study_storage.open_storage(None, tmp_path))
    reopened.tell(reopened.ask(), 2.0)
    assert [trial.value for trial in study.trials] == [1.0, 2.0]


def test_changed_facts_are_refused(study: optuna.Study) -> None:
    study_storage.check_facts(study, {"space": {"x": "a", "y": "b"}, "data": 1}, fresh=True)
    study_storage.check_facts(study, {"data": 1, "space": {"y": "b", "x": "a"}}, fresh=False)
    with pytest.raises(ConfigError, match=r"data was 1, is 2; space.y was b, is absent"):
        study_storage.check_facts(study, {"space": {"x": "a"}, "data": 2}, fresh=False)


def test_sqlite_is_a_file_in_the_folder(tmp_path: Path) -> None:
    store = study_storage.open_storage("sqlite", tmp_path)
    assert (tmp_path / "study.db").exists()
    store.remove_session()
