"""A run and a search's winner, recorded by the real command, are reproduced from the store."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from cip_exp.app import reproduction
from cip_exp.app.commands.reproduce import main
from cip_exp.track.sweep_folder import read_parent
from tests.conftest import ROOT, environment_of
from tests.e2e.conftest import run_sweep, runs_of

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow.entities import Run

    from tests.conftest import Command

pytestmark = pytest.mark.slow


def test_a_single_run_is_recorded_whole_and_reproduced_to_the_last_bit(train: Command, outputs: Path) -> None:
    ended = train("model=rf_churn", "features=strict", "model.n_estimators=10")

    assert ended.code == 0, ended.err
    assert ended.err == ""
    (run,) = runs_of(outputs)
    run_id = run.info.run_id
    assert run.data.tags["cip.kind"] == "run"
    assert "mlflow.parentRunId" not in run.data.tags
    assert run.data.params["model.n_estimators"] == "10"
    assert run.data.params["model.max_depth"] == "8"
    for name in (
        "cv_f1_mean", "cv_f1_std", "cv_f1_se", "train_f1", "gap_f1", "test_f1", "objective", "threshold",
        "cv_f1_at_threshold",
    ):  # fmt: skip
        assert name in run.data.metrics
    assert names_of_artifacts(outputs, run_id) == {
        "config.yaml", "environment.txt", "feature_importance.csv", "predictions.csv",
        "audit.json", "cell.json", "learning_curve.csv", "model_card.md", "baselines.csv",
    }  # fmt: skip
    assert run.data.tags["cip.beats_baseline"] in ("true", "false", "unclear")
    assert {"baseline_f1", "dummy_f1", "baseline_roc_auc"} <= run.data.metrics.keys()
    assert "untuned baseline" in ended.out.splitlines()[0]
    assert predictions_of_logged_model(outputs, run) is not None

    (folder,) = (outputs / "runs").iterdir()
    assert reproduction.find(str(folder)).run_id == run_id
    card = (folder / "model_card.md").read_text(encoding="utf-8")
    assert f"python scripts/reproduce.py '{run_id}'" in card
    done = subprocess.run(
        [sys.executable, "scripts/reproduce.py", run_id], cwd=ROOT, capture_output=True, text=True,
        env=environment_of(outputs), timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "configuration: the same" in done.stdout
    assert "versions: the same, python" in done.stdout
    assert "dummy_*, baseline_*" in done.stdout
    from_store, from_folder = reproduction.find(run_id), reproduction.find(str(folder))
    assert reproduction.figures(from_store) == reproduction.figures(from_folder)
    assert from_store.config == from_folder.config
    left_out = [name for name in from_store.metrics if name.startswith(("dummy_", "baseline_"))]
    assert f"{len(reproduction.figures(from_store)) - len(left_out) - 1} of " in done.stdout


def names_of_artifacts(outputs: Path, run_id: str) -> set[str]:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{outputs / 'mlflow.db'}")
    return {artifact.path for artifact in client.list_artifacts(run_id)}


def predictions_of_logged_model(outputs: Path, run: Run) -> Any:
    """Load the run's model with the project's own loader, and let it predict a row."""
    from cip_exp.track.connect import connect
    from cip_exp.track.saved_model.log_model import load_model

    opened = connect(f"sqlite:///{outputs / 'mlflow.db'}", outputs)
    model = load_model(f"runs:/{run.info.run_id}", opened)
    return model.predict(pd.DataFrame([[1.0] * len(model.columns)], columns=model.columns))


@pytest.mark.usefixtures("made_store")
def test_a_winner_and_its_confirmation_are_reproduced(outputs: Path) -> None:
    table = run_sweep(
        outputs, "hparams_search=logit_churn", "features=strict", "seed=0,1", "hydra.sweeper.n_trials=3",
        "confirm.top=1", "confirm.repeats=2", "hydra.sweeper.n_jobs=1", "hydra.sweeper.study_name=s",
        "track.report=false",
    ).trials  # fmt: skip
    winner = table.loc[table["winner"] == "true", "run_id"].item()
    found = reproduction.reproduce(winner)
    assert found.equal, found.differences
    assert {"test_f1", "test_f1_low"} <= set(reproduction.figures(reproduction.find(winner)))
    (confirmed,) = (outputs / "sweeps" / "s" / "confirm" / "trials").iterdir()
    again = reproduction.reproduce(f"{confirmed.parents[1]}#{confirmed.stem}")
    assert again.equal, again.differences
    parent = read_parent(outputs / "sweeps" / "s")
    assert parent is not None
    assert main([parent]) == 2
