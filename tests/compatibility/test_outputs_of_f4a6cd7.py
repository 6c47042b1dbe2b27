"""Outputs that commit f4a6cd7 wrote are read, reproduced, resumed and loaded (see README.md)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import cip_exp
from cip_exp.app.reproduction import reproduce, settings_of
from cip_exp.models.pipeline import inputs
from cip_exp.track import sweep_folder
from cip_exp.track.connect import connect
from cip_exp.track.provenance import versions
from cip_exp.track.saved_model.log_model import load_model
from cip_exp.trial import reuse
from cip_exp.trial.prepare import prepare
from tests.compatibility.make_outputs import COMMIT, RESUME, RESUMED, unpack
from tests.conftest import ROOT, Ended

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow.entities import Run

    from cip_exp.records.trial import Trial

pytestmark = pytest.mark.slow

SEARCH = "sweeps/old_search"
FOREST = "runs/forest"
OF_THE_MACHINE = ["run_id", "seconds", "fit_seconds"]
"""Columns that differ between two runs of the same command."""
LATER = ["threshold", "cv_f1_at_threshold"]
"""Metrics of winners that f4a6cd7 did not record."""


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of f4a6cd7; tests of this module only read them."""
    outputs = tmp_path_factory.mktemp("f4a6cd7") / "outputs"
    unpack(outputs)
    return outputs


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of f4a6cd7, with the search resumed from three to five trials."""
    outputs = tmp_path_factory.mktemp("resumed") / "outputs"
    unpack(outputs)
    ended = run("train.py", *RESUME, outputs=outputs)
    assert ended.code == 0, ended.err
    assert "5 of 5 trials" in ended.out
    return outputs


@pytest.fixture
def here(old: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The outputs of f4a6cd7, as the outputs folder of this process."""
    monkeypatch.setenv("CIP_OUTPUTS", str(old))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return old


@pytest.fixture(scope="module")
def same_versions(old: Path) -> None:
    """Skip where numbers may differ in their last bits."""
    recorded = record(old / SEARCH).tags["cip.versions"]
    if recorded != versions():
        pytest.skip(f"the outputs were written with {recorded}; here: {versions()}")


def run(script: str, *arguments: str, outputs: Path) -> Ended:
    """Run one of the project's scripts."""
    environment = {**os.environ, "CIP_OUTPUTS": str(outputs)}
    environment.pop("MLFLOW_TRACKING_URI", None)
    done = subprocess.run(
        [sys.executable, script, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


def record(folder: Path, number: int = 0) -> Trial:
    """Return a recorded trial."""
    found = sweep_folder.read_trial(folder, number)
    assert found is not None
    return found


def runs_of(outputs: Path) -> dict[str, Run]:
    """Return every run of the store that is not deleted, by its id."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{outputs / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("Customer_Intelligence_Platform")
    assert experiment is not None
    return {found.info.run_id: found for found in client.search_runs([experiment.experiment_id])}


def test_the_search_is_read(here: Path) -> None:
    table = cip_exp.load_sweep("old_search")

    written = pd.read_csv(here / SEARCH / "trials.csv")
    assert table["run_id"].tolist() == written["run_id"].tolist()
    for name in ("objective", "cv_f1_mean", "gap_f1", "test_f1", "quoted_f1", "model.max_depth"):
        np.testing.assert_array_equal(table[name].astype(float), written[name].astype(float))
    assert table.loc[table["winner"] == "true", "number"].tolist() == [0]
    assert len(cip_exp.load_folds("old_search")) == 3 * 10


def test_a_winners_notes_are_apart_from_its_trials_own(old: Path) -> None:
    written = json.loads((old / SEARCH / "trials/0.json").read_text(encoding="utf-8"))
    winner, other = record(old / SEARCH, 0), record(old / SEARCH, 1)

    assert winner.notes == other.notes
    beginnings = [note[:11] for note in winner.winner_notes]
    assert beginnings == ["as searched", "the model's", "f1 of seed "]
    assert sorted([*winner.winner_notes, *winner.notes]) == sorted(written["notes"])
    assert other.winner_notes == ()


def test_two_runs_are_compared(here: Path) -> None:
    ended = run("scripts/compare.py", "forest", "dummy", "--format", "json", outputs=here)

    assert ended.code == 0, ended.err
    assert "rf_clv" in ended.out
    assert "dummy_clv" in ended.out


@pytest.mark.usefixtures("same_versions")
def test_the_winner_is_reproduced_by_the_command(here: Path) -> None:
    ended = run("scripts/reproduce.py", "old_search#0", outputs=here)

    assert ended.code == 0, ended.out + ended.err
    assert "configuration: the same" in ended.out


@pytest.mark.parametrize("place", [SEARCH, f"{SEARCH}/confirm", FOREST])
@pytest.mark.usefixtures("same_versions")
def test_a_run_of_the_store_is_reproduced_to_the_last_bit(place: str, here: Path) -> None:
    run_id = record(here / place).run_id
    assert run_id is not None
    again = reproduce(run_id)

    assert again.equal, (again.checks, again.differences)
    assert again.n_compared > 20


@pytest.mark.parametrize(("folder", "model"), [(SEARCH, f"{SEARCH}/models/0"), (FOREST, FOREST)])
@pytest.mark.usefixtures("same_versions")
def test_a_saved_model_predicts_the_same(folder: str, model: str, here: Path) -> None:
    done = record(here / folder)
    features = prepare(settings_of(done.config)).features
    written = pd.read_csv(here / model / "predictions.csv")
    written = written[written["fold"] == "holdout"]
    rows = inputs(features)[features.table.frame["user_id"].isin(written["id"])]
    store = connect(None, here)

    for where in (here / model / "model", f"runs:/{done.run_id}"):
        pipeline = load_model(where, store)
        churn = done.task == "churn"
        predicted = pipeline.predict_proba(rows)[:, 1] if churn else pipeline.predict(rows)
        assert predicted.tolist() == written["prediction"].tolist()
    assert ("features" in pipeline.named_steps) == (folder == FOREST)


def test_a_recorded_trial_is_reused(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reuse, "git_state", lambda: (COMMIT, "false"))
    done = record(here / SEARCH, 1)
    settings = settings_of(done.config)
    settings = replace(settings, outputs=here, track=replace(settings.track, reuse=True))

    assert reuse.find(settings, here / "sweeps/new", open_holdout=False) == (
        done,
        (here / SEARCH).resolve(),
    )


def test_resuming_without_further_trials_changes_no_trial(old: Path, tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    unpack(outputs)
    same_total = [each.replace("n_trials=5", "n_trials=3") for each in RESUME]
    ended = run("train.py", *same_total, outputs=outputs)

    assert ended.code == 0, ended.err
    for name in ("figures.json", "holdout_openings.jsonl", "summary.csv", "trials/0.json"):
        was = (old / SEARCH / name).read_text(encoding="utf-8").replace(str(old), str(outputs))
        assert (outputs / SEARCH / name).read_text(encoding="utf-8") == was


def test_the_search_is_resumed(old: Path, resumed: Path) -> None:
    before, after = runs_of(old), runs_of(resumed)
    (parent,) = [found for found in after.values() if found.data.tags["cip.kind"] == "sweep"]

    assert parent.info.run_id == (old / SEARCH / "parent_run_id").read_text(encoding="utf-8")
    assert parent.info.status == "FINISHED"
    assert parent.data.metrics["n_trials"] == 5
    assert parent.data.metrics["holdout_openings"] == 2
    children = [
        found for found in after.values() if found.data.tags.get("mlflow.parentRunId") == parent.info.run_id
    ]
    stages = [found.data.tags["cip.stage"] for found in children]
    assert sorted(stages) == ["confirm"] * 2 + ["search"] * 5
    for number in range(3):
        was, now = record(old / SEARCH, number), record(resumed / SEARCH, number)
        assert now.run_id == was.run_id
        assert now.folds == was.folds
        assert now.config == was.config.replace(str(old), str(resumed))
    gone = {record(old / SEARCH / "confirm", number).run_id for number in (0, 1)}
    assert before.keys() - after.keys() == gone


@pytest.mark.usefixtures("same_versions")
def test_the_old_winner_gives_way_to_the_new_one(resumed: Path) -> None:
    trials = sweep_folder.read_trials(resumed / SEARCH)
    assert [trial.number for trial in trials if "cip.winner" in trial.tags] == [3]
    old_winner, other, new_winner = trials[0], trials[1], trials[3]
    assert old_winner.notes == other.notes
    assert old_winner.winner_notes == ()
    assert old_winner.metrics.keys() == other.metrics.keys()
    assert len(new_winner.winner_notes) == 3
    assert [path.name for path in (resumed / SEARCH / "models").iterdir()] == ["3"]

    runs = runs_of(resumed)
    winners = [found for found, each in runs.items() if each.data.tags.get("cip.winner") == "true"]
    assert winners == [new_winner.run_id]


@pytest.mark.parametrize("name", ["trials", "confirm", "summary"])
@pytest.mark.usefixtures("same_versions")
def test_resuming_gives_what_f4a6cd7_gives(name: str, resumed: Path) -> None:
    tables = [
        pd.read_csv(folder / f"{name}.csv").drop(
            columns=[*OF_THE_MACHINE, *LATER, "git_commit", "git_dirty"], errors="ignore"
        )
        for folder in (resumed / SEARCH, resumed / RESUMED)
    ]
    later = [name for name in tables[0] if name.startswith(("baseline_", "dummy_", "beats_baseline"))]
    tables[0] = tables[0].drop(columns=later)  # which f4a6cd7 did not have
    # A winner's metrics stand in any order; the columns of summary.csv in one.
    pd.testing.assert_frame_equal(
        *tables, check_exact=False, rtol=1e-12, atol=1e-15, check_like=name != "summary"
    )


@pytest.mark.usefixtures("same_versions")
def test_the_resumed_search_has_the_figures_of_f4a6cd7(resumed: Path) -> None:
    now, then = (
        json.loads((resumed / place / "figures.json").read_text("utf-8")) for place in (SEARCH, RESUMED)
    )
    assert now == pytest.approx(then, rel=1e-12)
