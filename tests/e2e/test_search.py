"""Searches by the real command: replicates, outer cells, pruning, resumption, kill and Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.conftest import ROOT, copy_store, environment_of, run_train
from tests.e2e.conftest import comparable, kinds, run_sweep, runs_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Recorded

pytestmark = pytest.mark.slow

SEARCH = (
    "hparams_search=rf_churn", "features=clean", "model.n_estimators=10", "confirm.top=0",
    "track.report=false",
)  # fmt: skip
RANDOM = (*SEARCH, "seed=0,1,2", "hydra/sweeper/sampler=random", "hydra.sweeper.study_name=again")
RESUME = (*RANDOM, "hydra.sweeper.resume=true")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Recorded:
    """A search of three trials over three seeds, by two workers."""
    outputs = tmp_path_factory.mktemp("search")
    copy_store(empty_store, outputs / "outputs")
    return run_sweep(outputs / "outputs", *RANDOM, "hydra.sweeper.n_trials=3")


@pytest.fixture(scope="module")
def resumed(first: Recorded) -> Recorded:
    """The same search, resumed for two trials more."""
    return run_sweep(first.outputs, *RESUME, "hydra.sweeper.n_trials=5")


def test_seeds_are_replicates_inside_each_trial(first: Recorded) -> None:
    parent, children = first.parent, first.children
    assert len(children) == 3
    assert sorted(run.data.tags["cip.trial_number"] for run in children) == list("012")
    assert {run.data.tags["cip.stage"] for run in children} == {"search"}
    assert {run.data.tags["cip.seed"] for run in children} == {"0,1,2"}
    assert parent.data.metrics["n_trials"] == 3
    assert parent.data.metrics["holdout_openings"] == 1
    assert first.trials["test_f1"].notna().sum() == 1
    assert "seed" not in {name for name in first.trials if name.startswith("model.")}
    assert first.trials["seeds.replicates"].unique().tolist() == ["[0,1,2]"]


def test_one_and_two_workers_search_alike(first: Recorded, outputs: Path) -> None:
    one = run_sweep(outputs, *RANDOM, "hydra.sweeper.n_trials=3", "hydra.sweeper.n_jobs=1", "track=off")

    pd.testing.assert_frame_equal(comparable(one.trials), comparable(first.trials), check_exact=True)


def test_a_study_is_not_continued_without_resume(first: Recorded) -> None:
    ended = run_train(first.outputs, "-m", *RANDOM, "hydra.sweeper.n_trials=5")
    assert ended.code == 2
    assert "hydra.sweeper.resume=true" in ended.err


def test_a_resumed_search_goes_on_to_the_total(resumed: Recorded) -> None:
    assert resumed.parent.info.status == "FINISHED"
    assert sorted(run.data.tags["cip.trial_number"] for run in resumed.children) == list("01234")
    assert len(resumed.winners) == 1


def test_a_search_is_not_resumed_with_another_configuration(resumed: Recorded) -> None:
    before = {path: path.read_bytes() for path in resumed.folder.rglob("*") if path.is_file()}
    ended = run_train(resumed.outputs, "-m", *RESUME, "hydra.sweeper.n_trials=6", "split.n_splits=4")

    assert ended.code == 2
    assert "n_splits" in ended.err
    assert {path: path.read_bytes() for path in resumed.folder.rglob("*") if path.is_file()} == before
    assert kinds(runs_of(resumed.outputs))["sweep"][0].info.status == "FINISHED"


def test_interrupting_keeps_what_has_finished(resumed: Recorded) -> None:
    n_before = len(resumed.children)
    running = start(resumed.outputs, *RESUME, "hydra.sweeper.n_trials=500")
    running.wait_for(lambda: n_records(resumed.folder) >= n_before + 3)
    code = running.end(signal.SIGINT)

    assert code == 130, running.errors
    assert "interrupted" in running.errors
    found = kinds(runs_of(resumed.outputs))
    assert found["sweep"][0].info.status == "KILLED"
    assert len(found["trial"]) >= n_before + 3
    assert {run.info.status for run in found["trial"]} == {"FINISHED"}

    # Resumed without a further trial, the search still chooses anew: its winner is from before these trials.
    ended = run_sweep(resumed.outputs, *RESUME, "hydra.sweeper.n_trials=2")
    metrics = ended.parent.data.metrics
    assert metrics["n_trials"] == len(ended.children) >= n_before + 3
    assert metrics["best_objective"] == max(run.data.metrics["objective"] for run in ended.children)
    assert metrics["holdout_openings"] == resumed.parent.data.metrics["holdout_openings"] + 1
    assert len(ended.winners) == 1


@pytest.mark.usefixtures("made_store")
def test_one_study_for_each_cell_of_the_outer_grid(outputs: Path) -> None:
    found = run_sweep(outputs, *SEARCH, "features=clean,strict", "hydra.sweeper.n_trials=3")

    assert len(found.runs["sweep"]) == 1
    assert len(found.children) == 6
    assert sorted(run.data.tags["cip.features"] for run in found.winners) == ["clean", "strict"]
    assert found.summary["features"].tolist() == ["clean", "strict"]


@pytest.mark.usefixtures("made_store")
def test_a_killed_search_loses_only_what_was_running(outputs: Path) -> None:
    """SIGKILL once one trial has left a record, and again once four have; then resume."""
    named = (*SEARCH, "hydra.sweeper.study_name=killed", "hydra.sweeper.n_trials=8")
    folder = outputs / "sweeps" / "killed"
    for n_trials, resume in ((1, "false"), (4, "true")):
        running = start(outputs, *named, f"hydra.sweeper.resume={resume}")
        running.wait_for(lambda n=n_trials: n_records(folder) >= n)  # type: ignore[misc]
        assert running.end(signal.SIGKILL) == -signal.SIGKILL

    found = run_sweep(outputs, *named, "hydra.sweeper.resume=true")
    assert found.parent.info.status == "FINISHED"
    assert sorted(run.data.tags["cip.trial_number"] for run in found.children) == list("01234567")
    assert {run.info.status for run in found.children} == {"FINISHED"}


@pytest.mark.usefixtures("made_store")
def test_a_pruned_trial_keeps_what_it_has(outputs: Path) -> None:
    children = run_sweep(
        outputs, "hparams_search=ridge_clv", "hydra/sweeper/pruner=median", "hydra.sweeper.n_jobs=1",
        "hydra.sweeper.pruner.n_startup_trials=2", "hydra.sweeper.n_trials=12",
        "hydra/sweeper/sampler=random", "confirm.top=0", "track.report=false",
    ).children  # fmt: skip

    pruned = [run for run in children if run.data.tags["cip.state"] == "pruned"]
    assert pruned
    assert {run.info.status for run in pruned} == {"FINISHED"}
    assert all("cv_r2_mean" in run.data.metrics for run in pruned)


@pytest.mark.usefixtures("made_store")
def test_a_search_that_ends_early_by_its_own_rule_has_not_failed(outputs: Path) -> None:
    found = run_sweep(
        outputs, "hparams_search=ridge_clv", "confirm.top=0", "hydra.sweeper.n_trials=40",
        "hydra.sweeper.target=0", "hydra.sweeper.n_jobs=1", "track.report=false",
    )  # fmt: skip

    assert found.parent.info.status == "FINISHED"
    assert f"{len(found.children)} of 40 trials" in found.ended.out
    assert len(found.children) < 40


def test_interrupting_while_the_best_are_confirmed_waits_for_no_candidate(outputs: Path) -> None:
    running = start(
        outputs, "hparams_search=rf_churn", "model.n_estimators=100", "confirm.repeats=20", "confirm.alpha=0",
        "track=off", "hydra.sweeper.study_name=stopped", "hydra.sweeper.n_trials=4",
    )  # fmt: skip
    study = outputs / "sweeps" / "stopped"
    running.wait_for(lambda: n_records(study / "confirm") > 0)
    code = running.end(signal.SIGINT)

    assert code == 130, running.errors
    assert n_records(study / "confirm") == 1
    assert not (study / "holdout_openings.jsonl").exists()


def n_records(folder: Path) -> int:
    return len(list((folder / "trials").glob("*.json")))


@dataclass(frozen=True)
class Running:
    """A command in the background."""

    process: subprocess.Popen[bytes]
    log: Path
    """What it writes to stderr."""

    @property
    def errors(self) -> str:
        return self.log.read_text("utf-8")

    def wait_for(self, ready: Callable[[], bool], seconds: float = 240) -> None:
        """Return as soon as `ready` is true; fail where the command ends before."""
        deadline = time.monotonic() + seconds
        while not ready():
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.errors}"
            assert time.monotonic() < deadline, f"not ready after {seconds:.0f} s: {self.errors}"
            time.sleep(0.02)

    def end(self, number: signal.Signals) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=120)


def start(outputs: Path, *arguments: str) -> Running:
    """Start `python train.py -m …` in the background.

    A shell starts its background jobs with SIGINT ignored, and their children inherit that: where pytest runs
    in the background, the command would ignore Ctrl-C too.
    """
    outputs.mkdir(parents=True, exist_ok=True)
    log = outputs / "stderr.txt"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "train.py", "-m", *arguments], cwd=ROOT, env=environment_of(outputs),
            stdout=subprocess.DEVNULL, stderr=stderr,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
    return Running(process, log)
