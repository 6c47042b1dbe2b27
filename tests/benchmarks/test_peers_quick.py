"""The comparison with peers: all fit the same forests on the same folds, and record as many runs."""

from __future__ import annotations

import json
import pickle
import sys
from typing import TYPE_CHECKING

import mlflow
import numpy as np
import pytest
from hydra.core.global_hydra import GlobalHydra

from benchmarks.peers import contenders, tables, task
from benchmarks.peers.__main__ import page
from benchmarks.peers.apps import bare, sklearn_search
from cip_exp.config.load import compose
from cip_exp.trial.run import run_trial

if TYPE_CHECKING:
    from pathlib import Path

TRIALS = 2
PARAMS = {
    "n_estimators": 4, "max_depth": 3, "min_samples_split": 9, "min_samples_leaf": 4, "max_features": 0.8,
}  # fmt: skip


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[task.Task, list[str]]:
    monkeypatch.setattr(tables, "TREES", (3, 5))
    overrides = tables.write(tmp_path, 238, None)
    (tmp_path / "run").mkdir()
    monkeypatch.setenv(task.FOLDER, str(tmp_path / "run"))
    return pickle.loads((tmp_path / "task.pkl").read_bytes()), overrides


def test_scores_of_a_peer_equal_the_projects_to_the_last_bit(given: tuple[task.Task, list[str]]) -> None:
    theirs, overrides = given
    ours = run_trial(compose([*overrides, *(f"model.{key}={value}" for key, value in PARAMS.items())]))
    found = theirs.score(PARAMS)
    assert found["cv_f1_mean"] == ours.trial.metrics["cv_f1_mean"]
    assert found["cv_roc_auc_mean"] == pytest.approx(ours.trial.metrics["cv_roc_auc_mean"], abs=1e-15)
    assert len(theirs.folds) == len(ours.trial.folds["f1"])


@pytest.mark.slow
def test_every_peer_fits_and_records_the_same_number_of_trials(
    given: tuple[task.Task, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    contenders._make_store(folder)
    try:
        sklearn_search.main(TRIALS, 1)
        assert contenders._records(folder) == TRIALS
        from benchmarks.peers.apps import optuna_mlflow

        monkeypatch.setattr(optuna_mlflow, "given", given[0])
        optuna_mlflow.main(TRIALS, 1)
        assert contenders._records(folder) == 2 * TRIALS
        _run_hydra(tmp_path, monkeypatch)
        assert contenders._records(folder) == 3 * TRIALS
    finally:
        mlflow.sklearn.autolog(disable=True)
        mlflow.set_tracking_uri(None)
        GlobalHydra.instance().clear()
    (tmp_path / "params.json").write_text(json.dumps([PARAMS] * TRIALS))
    bare.main("stock", 1)
    bare.main("own", 1)
    _, _, trees, trials, fits = contenders._read_marks(folder)
    assert fits > 0
    assert trials == 5 * TRIALS
    assert 3 * trials <= trees <= 5 * trials


def _run_hydra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.peers.apps import hydra_mlflow

    asked = contenders.Asked(238, TRIALS, 1, ())
    command = contenders._command("Hydra + stock Optuna sweeper + MLflow", asked, tmp_path / "run")
    small = [each.replace("range(100,151)", "range(3,6)") for each in command[3:]]
    monkeypatch.setattr(sys, "argv", ["hydra_mlflow", *small])
    hydra_mlflow.main()


def test_both_forests_have_the_same_predictions(given: tuple[task.Task, list[str]]) -> None:
    theirs, _ = given
    stock = theirs.model(PARAMS)
    own = theirs.model(PARAMS)
    own.steps[-1] = ("model", bare.own(own.steps[-1][1]))
    one, two = (each.fit(theirs.X, theirs.y).predict_proba(theirs.X) for each in (stock, own))
    assert one.tobytes() == two.tobytes()


def test_ratios_are_of_runs_of_the_same_repeat() -> None:
    def run(seconds: float) -> contenders.Run:
        return contenders.Run(seconds, 1.0, 2.0, TRIALS, 8, TRIALS)

    found = [{"cip_exp": run(0.1), "peer": run(each)} for each in (0.5, 1.0, 3.0)]
    shown = page(found, contenders.Asked(238, TRIALS, 1, ()))
    assert "| peer | 500 - 1000 - 3000 | 5.00 - 10.00 - 30.00 |" in shown
    assert np.char.count(shown, "\n") == 4
