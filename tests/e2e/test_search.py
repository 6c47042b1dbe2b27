"""Searches by the real command: replicates, outer cells, pruning, resumption, and death at a bad moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import cip_exp
from tests.conftest import ROOT
from tests.e2e.test_commands import kinds, newest_sweep, runs_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.slow

SEARCH = ("-m", "hparams_search=rf_churn", "features=clean", "model.n_estimators=10", "confirm.top=0")


def test_seeds_are_replicates_inside_each_trial(train: Command, outputs: Path) -> None:
    ended = train(*SEARCH, "seed=0,1,2", "hydra.sweeper.n_trials=6")

    assert ended.code == 0, ended.err
    found = kinds(runs_of(outputs))
    (parent,) = found["sweep"]
    children = found["trial"]
    assert len(children) == 6
    assert sorted(run.data.tags["cip.trial_number"] for run in children) == list("012345")
    assert {run.data.tags["cip.stage"] for run in children} == {"search"}
    assert {run.data.tags["cip.seed"] for run in children} == {"0,1,2"}
    assert parent.data.metrics["n_trials"] == 6
    assert parent.data.metrics["holdout_openings"] == 1
    trials = cip_exp.load_sweep(newest_sweep(outputs))
    assert trials["test_f1"].notna().sum() == 1
    assert "seed" not in {name for name in trials if name.startswith("model.")}
    assert trials["seeds.replicates"].unique().tolist() == ["[0,1,2]"]


def test_one_study_for_each_cell_of_the_outer_grid(train: Command, outputs: Path) -> None:
    ended = train(*SEARCH[:2], "features=clean,strict", *SEARCH[3:], "hydra.sweeper.n_trials=3")

    assert ended.code == 0, ended.err
    found = kinds(runs_of(outputs))
    assert len(found["sweep"]) == 1
    assert len(found["trial"]) == 6
    winners = [run for run in found["trial"] if run.data.tags.get("cip.winner") == "true"]
    assert sorted(run.data.tags["cip.features"] for run in winners) == ["clean", "strict"]
    summary = pd.read_csv(newest_sweep(outputs) / "summary.csv")
    assert summary["features"].tolist() == ["clean", "strict"]


def test_one_and_two_workers_search_alike(train: Command, outputs: Path) -> None:
    found = []
    for workers in (1, 2):
        name = f"workers_{workers}"
        ended = train(
            *SEARCH, "track=off", "hydra/sweeper/sampler=random", f"hydra.sweeper.n_jobs={workers}",
            "hydra.sweeper.n_trials=6", f"hydra.sweeper.study_name={name}",
        )  # fmt: skip
        assert ended.code == 0, ended.err
        ignored = ["run_id", "seconds", "fit_seconds", "git_commit", "git_dirty"]
        found.append(cip_exp.load_sweep(outputs / "sweeps" / name).drop(columns=ignored))

    pd.testing.assert_frame_equal(*found, check_exact=True)


def test_a_resumed_search_goes_on_to_the_total(train: Command, outputs: Path) -> None:
    named = (*SEARCH, "hydra/sweeper/sampler=random", "hydra.sweeper.study_name=again")
    assert train(*named, "hydra.sweeper.n_trials=3").code == 0

    untouched = train(*named, "hydra.sweeper.n_trials=5")
    assert untouched.code == 2
    assert "hydra.sweeper.resume=true" in untouched.err

    ended = train(*named, "hydra.sweeper.n_trials=5", "hydra.sweeper.resume=true")
    assert ended.code == 0, ended.err
    found = kinds(runs_of(outputs))
    assert len(found["sweep"]) == 1
    assert sorted(run.data.tags["cip.trial_number"] for run in found["trial"]) == list("01234")
    assert sum(run.data.tags.get("cip.winner") == "true" for run in found["trial"]) == 1

    study = outputs / "sweeps" / "again"
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    changed = train(*named, "hydra.sweeper.n_trials=6", "hydra.sweeper.resume=true", "split.n_splits=4")
    assert changed.code == 2
    assert "n_splits" in changed.err
    assert {path: path.read_bytes() for path in study.rglob("*") if path.is_file()} == before
    assert kinds(runs_of(outputs))["sweep"][0].info.status == "FINISHED"


@pytest.mark.parametrize("wait", [1, 4])
def test_a_killed_search_loses_only_what_was_running(wait: int, train: Command, outputs: Path) -> None:
    """SIGKILL once `wait` trials have left a record; then resume."""
    named = (*SEARCH, "hydra.sweeper.study_name=killed", "hydra.sweeper.n_trials=8")
    environment = {**os.environ, "CIP_OUTPUTS": str(outputs)}
    records = outputs / "sweeps" / "killed" / "trials"
    process = subprocess.Popen(
        [sys.executable, "train.py", *named], cwd=ROOT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while len(list(records.glob("*.json"))) < wait and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()

    ended = train(*named, "hydra.sweeper.resume=true")
    assert ended.code == 0, ended.err
    found = kinds(runs_of(outputs))
    (parent,) = found["sweep"]
    assert parent.info.status == "FINISHED"
    assert sorted(run.data.tags["cip.trial_number"] for run in found["trial"]) == list("01234567")
    assert {run.info.status for run in found["trial"]} == {"FINISHED"}


def test_a_pruned_trial_keeps_what_it_has(train: Command, outputs: Path) -> None:
    ended = train(
        "-m", "hparams_search=ridge_clv", "hydra/sweeper/pruner=median", "hydra.sweeper.n_jobs=1",
        "confirm.top=0",
        "hydra.sweeper.pruner.n_startup_trials=2", "hydra.sweeper.n_trials=12",
        "hydra/sweeper/sampler=random",
    )  # fmt: skip

    assert ended.code == 0, ended.err
    children = kinds(runs_of(outputs))["trial"]
    pruned = [run for run in children if run.data.tags["cip.state"] == "pruned"]
    assert pruned
    assert {run.info.status for run in pruned} == {"FINISHED"}
    assert all("cv_r2_mean" in run.data.metrics for run in pruned)


def test_a_search_that_ends_early_by_its_own_rule_has_not_failed(train: Command, outputs: Path) -> None:
    ended = train(
        "-m", "hparams_search=ridge_clv", "confirm.top=0", "hydra.sweeper.n_trials=40",
        "hydra.sweeper.target=0", "hydra.sweeper.n_jobs=1", "track.report=false",
    )  # fmt: skip

    assert ended.code == 0, ended.err
    found = kinds(runs_of(outputs))
    assert found["sweep"][0].info.status == "FINISHED"
    assert f"{len(found['trial'])} of 40 trials" in ended.out
    assert len(found["trial"]) < 40


def test_interrupting_keeps_what_has_finished(train: Command, outputs: Path) -> None:
    environment = {**os.environ, "CIP_OUTPUTS": str(outputs)}
    named = (*SEARCH, "hydra.sweeper.study_name=stopped", "confirm.top=0", "track.report=false")
    assert train(*named, "hydra.sweeper.n_trials=2").code == 0
    records = outputs / "sweeps" / "stopped" / "trials"
    goes_on = (*named, "hydra.sweeper.resume=true")
    process = subprocess.Popen(
        [sys.executable, "train.py", *goes_on, "hydra.sweeper.n_trials=500"],
        cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while len(list(records.glob("*.json"))) < 5 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)

    assert process.returncode == 130, err
    assert "interrupted" in err
    found = kinds(runs_of(outputs))
    assert found["sweep"][0].info.status == "KILLED"
    assert len(found["trial"]) >= 5
    assert {run.info.status for run in found["trial"]} == {"FINISHED"}

    # The winner from before does not cover the trials since: it is chosen anew.
    ended = train(*goes_on, "hydra.sweeper.n_trials=2")
    assert ended.code == 0, ended.err
    found = kinds(runs_of(outputs))
    told = found["sweep"][0].data.metrics
    assert told["n_trials"] == len(found["trial"]) >= 5
    assert told["best_objective"] == max(run.data.metrics["objective"] for run in found["trial"])
    assert told["holdout_openings"] == 2
    assert sum(run.data.tags.get("cip.winner") == "true" for run in found["trial"]) == 1


def test_interrupting_while_the_best_are_confirmed_waits_for_nobody(outputs: Path) -> None:
    environment = {**os.environ, "CIP_OUTPUTS": str(outputs)}
    study = outputs / "sweeps" / "stopped"
    process = subprocess.Popen(
        [
            sys.executable, "train.py", "-m", "hparams_search=rf_churn", "confirm.repeats=60", "track=off",
            "hydra.sweeper.study_name=stopped", "hydra.sweeper.n_trials=4", "confirm.alpha=0",
        ],
        cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    confirmed = study / "confirm" / "trials"
    deadline = time.monotonic() + 120
    while not list(confirmed.glob("*.json")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)

    assert process.returncode == 130, err
    assert len(list(confirmed.glob("*.json"))) == 1
    assert not (study / "holdout_openings.jsonl").exists()
