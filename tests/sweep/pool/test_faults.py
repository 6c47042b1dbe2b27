"""Searches that are killed, interrupted and resumed, and workers that die or hang."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from optuna.trial import TrialState

if TYPE_CHECKING:
    from tests.sweep.conftest import Shop

SPACE = ("x=range(0,5)", "y=interval(0,1)")
ALL_MAY_FAIL = "hydra.sweeper.max_failure_rate=1.0"


def children(pid: int) -> list[int]:
    listing = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return [int(child) for child in listing.split()]


def command_line(pid: int) -> bytes:
    """Return what a process was started as; empty where it is gone."""
    path = Path(f"/proc/{pid}/cmdline")
    return path.read_bytes() if path.exists() else b""


@pytest.mark.parametrize("start", ["auto", "forkserver"])
def test_a_job_of_a_dead_worker_is_run_again(shop: Shop, tmp_path: Path, start: str) -> None:
    arguments = [f"hydra.launcher.start={start}", "fail=die_once", f"marks={tmp_path / 'mark'}"]
    trials = shop.search(*SPACE, *arguments, "hydra.sweeper.n_trials=4")
    assert [trial.state for trial in trials] == [TrialState.COMPLETE] * 4
    assert (tmp_path / "mark").exists()


@pytest.mark.slow
def test_a_dead_fork_server_loses_no_trial(shop: Shop) -> None:
    arguments = ["hydra.launcher.start=forkserver", "sleep=0.15", "hydra.sweeper.n_trials=6"]
    running = shop.start(*SPACE, *arguments)
    shop.wait_for(1)
    server = next(pid for pid in children(running.pid) if b"forkserver" in command_line(pid))
    workers = children(server)
    os.kill(server, signal.SIGKILL)
    os.kill(workers[0], signal.SIGKILL)  # so that another fork server is needed
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    assert [trial.state for trial in shop.trials()] == [TrialState.COMPLETE] * 6
    assert not [pid for pid in workers if command_line(pid)]


def test_a_job_that_kills_its_worker_twice_fails(shop: Shop, tmp_path: Path) -> None:
    arguments = ["fail=die", f"marks={tmp_path / 'mark'}", ALL_MAY_FAIL]
    trials = shop.search("x=range(0,3)", "hydra/sweeper/sampler=grid", *arguments)
    states = {trial.params["x"]: trial.state for trial in trials}
    assert states == {0: TrialState.COMPLETE, 1: TrialState.FAIL, 2: TrialState.COMPLETE}
    error = next(trial.user_attrs["error"] for trial in trials if trial.params["x"] == 1)
    assert error.startswith("TrialError: The worker died (signal 9) 2 times while it ran this job: ")
    assert (tmp_path / "mark").read_text() == "died\ndied\n"


def test_a_job_over_its_time_limit_is_stopped(shop: Shop) -> None:
    arguments = ["fail=hang", "hydra.launcher.time_limit=0.5", ALL_MAY_FAIL, "hydra.sweeper.n_trials=2"]
    trials = shop.search(*SPACE, *arguments)
    assert [trial.state for trial in trials] == [TrialState.FAIL] * 2
    assert "longer than its limit of 0.5 s" in trials[0].user_attrs["error"]


@pytest.mark.slow
@pytest.mark.parametrize("moment", [0, 4])
def test_a_killed_search_resumes_with_the_trials_of_a_whole_one(
    shop: Shop, another_shop: Shop, moment: int
) -> None:
    arguments = [*SPACE, "sleep=0.1", "hydra.sweeper.n_trials=10"]
    killed = shop.start(*arguments)
    shop.wait_for(moment)
    time.sleep(0.15)
    workers = children(killed.pid)
    killed.kill()
    killed.communicate()
    resumed = shop.search(*arguments, "hydra.sweeper.resume=true")
    whole = another_shop.search(*arguments)
    assert [(trial.number, trial.params, trial.values) for trial in resumed] == [
        (trial.number, trial.params, trial.values) for trial in whole
    ]
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


@pytest.mark.slow
def test_ctrl_c_finishes_running_trials_and_starts_none(shop: Shop) -> None:
    running = shop.start(*SPACE, "sleep=0.3", "hydra.sweeper.n_trials=40")
    shop.wait_for(2)
    os.killpg(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert running.returncode != 0
    assert "KeyboardInterrupt" in errors
    trials = shop.trials()
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    assert len(trials) < 8


@pytest.mark.slow
def test_ctrl_c_twice_stops_at_once_and_requeues_the_trials(shop: Shop) -> None:
    arguments = [*SPACE, "sleep=0.2", "hydra.sweeper.n_trials=4"]
    running = shop.start(*arguments[:2], "sleep=60", arguments[3])
    while not shop.folder.joinpath("0", ".hydra", "overrides.yaml").exists():
        time.sleep(0.05)
    for _ in range(2):
        os.killpg(running.pid, signal.SIGINT)
        time.sleep(0.5)
    running.communicate(timeout=20)
    assert {trial.state for trial in shop.trials()} == {TrialState.WAITING}
    refused = shop.run(*arguments, "hydra.sweeper.resume=true")
    assert refused.returncode == 1
    assert "overrides" in refused.stderr


@pytest.mark.slow
def test_an_existing_study_needs_resume(shop: Shop) -> None:
    shop.search(*SPACE, "hydra.sweeper.n_trials=1")
    again = shop.run(*SPACE, "hydra.sweeper.n_trials=2")
    assert again.returncode == 1
    assert "Study 's' exists already." in again.stderr
    assert len(shop.trials()) == 1
    assert len(shop.search(*SPACE, "hydra.sweeper.n_trials=3", "hydra.sweeper.resume=true")) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (("x=range(0,6)", SPACE[1]), "space.x was IntDistribution(high=4"),
        ((*SPACE, "hydra.sweeper.direction=maximize"), "direction was ['minimize'], is ['maximize']"),
        ((*SPACE, "steps=4"), "config.steps was 3, is 4"),
        ((*SPACE, "+hydra.sweeper.fingerprint.data=b"), "fingerprint.data was absent, is b"),
    ],
)
def test_a_changed_search_is_not_resumed(shop: Shop, changed: tuple[str, ...], named: str) -> None:
    shop.search(*SPACE, "hydra.sweeper.n_trials=1")
    refused = shop.run(*changed, "hydra.sweeper.n_trials=2", "hydra.sweeper.resume=true")
    assert refused.returncode == 1
    assert named in refused.stderr
    assert len(shop.trials()) == 1


@pytest.mark.slow
def test_trials_of_a_live_process_are_not_run_again(shop: Shop) -> None:
    first = shop.start(*SPACE, "sleep=1.0", "hydra.sweeper.n_trials=2")
    while not shop.folder.joinpath("1", ".hydra", "overrides.yaml").exists():
        time.sleep(0.05)
    trials = shop.search(*SPACE, "sleep=1.0", "hydra.sweeper.n_trials=3", "hydra.sweeper.resume=true")
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert len(trials) == 3
    assert [trial.state for trial in shop.trials()] == [TrialState.COMPLETE] * 3
