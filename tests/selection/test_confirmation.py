"""The confirm stage: fresh splits of the training rows alone, and a holdout that no search has read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
import pytest

from cip_exp.config.load import compose
from cip_exp.evaluation import seeds
from cip_exp.selection import confirmation
from cip_exp.track import sweep_folder
from cip_exp.trial import final, run
from cip_exp.trial.final import fit_and_open_holdout
from cip_exp.trial.prepare import PreparedData
from cip_exp.trial.prepare import prepare as _prepare
from cip_exp.trial.run import TrialRequest, run_trial

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial

BASE = ("model=rf_churn", "features=strict", "model.n_estimators=8", "audit=off", "split.n_splits=3")
SPACE = {
    "model.max_depth": optuna.distributions.IntDistribution(2, 8),
    "model.min_samples_leaf": optuna.distributions.IntDistribution(1, 9),
}


def search(where: Path, n_trials: int = 5) -> list[Trial]:
    """Run a search with TPE, each trial over two seeds, as the sweeper's workers do."""
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(n_startup_trials=2, seed=0)
    )
    for number in range(n_trials):
        asked = study.ask(SPACE)
        overrides = (*BASE, *(f"{key}={value}" for key, value in asked.params.items()))
        overrides = (*overrides, "seeds.replicates=[0,1]")
        stage = TrialRequest(number, overrides, tags={"cip.stage": "search", "cip.trial_number": str(number)})
        outcome = run_trial(compose(overrides), stage)
        sweep_folder.write_trial(where, outcome.trial, outcome.evaluation.oof)
        study.tell(asked, outcome.trial.objective)
    return sweep_folder.read_trials(where)


def confirmed(rivals: Sequence[Trial], workers: int = 1) -> list[Trial]:
    return [each.trial for each in confirmation.confirm(rivals, compose, workers)]


def without_times(trials: Sequence[Trial]) -> list[Trial]:
    plain = []
    for each in trials:
        metrics = {name: value for name, value in each.metrics.items() if name != "fit_seconds"}
        plain.append(replace(each, started=0.0, ended=0.0, metrics=metrics))
    return plain


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every value and label of the holdout useless once the rows are divided."""
    whole = _prepare

    def prepare(settings: Settings) -> PreparedData:
        cell = whole(settings)
        sealed, features = cell.split.final.test, cell.features
        frame = features.table.frame.copy()
        columns = {name: frame.columns.get_loc(name) for name in frame.select_dtypes("number").columns}
        for place in columns.values():
            frame.iloc[sealed, place] = 0
        X = features.X.copy()
        X.iloc[sealed] = 0
        y = np.array(features.y)
        y[sealed] = 1 - y[sealed]
        bad = replace(features, X=X, y=y, table=replace(features.table, frame=frame))
        sealed_fold = replace(cell.split.final, y_test=1 - np.asarray(cell.split.final.y_test))
        return replace(cell, features=bad, split=replace(cell.split, final=sealed_fold))

    for module in (run, final):
        monkeypatch.setattr(module, "prepare", prepare)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Trial], list[Trial], dict[str, float]]:
    """Return what was searched, what was confirmed, and what the first trial scores on the opened holdout."""
    where = tmp_path_factory.mktemp("clean")
    found = search(where)
    opened = fit_and_open_holdout(compose(found[0].overrides))[1]
    return found, confirmed(found), dict(opened.test)


@pytest.mark.slow
@pytest.mark.usefixtures("poisoned")
def test_the_holdout_is_never_read_during_a_search(tmp_path: Path, clean: Any) -> None:
    found = search(tmp_path)
    again = confirmed(found)

    assert without_times(found) == without_times(clean[0])
    assert without_times(again) == without_times(clean[1])
    opened = fit_and_open_holdout(compose(found[0].overrides))[1]
    assert opened.test != clean[2], "the poison does reach whoever opens the holdout"


def test_candidates_are_scored_on_splits_of_their_own(clean: Any) -> None:
    searched, again, _ = clean
    fresh = ",".join(str(seeds.child(0, f"confirm {number}")) for number in range(4))
    assert {each.tags["cip.seed"] for each in again} == {fresh}
    assert again[0].state == "complete"
    assert len(again[0].folds["f1"]) == 12
    best = max(searched, key=lambda each: each.objective)
    assert again[0].tags["cip.confirms"] == str(best.number)


@pytest.mark.slow
def test_further_processes_find_the_same(clean: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "WORTH_WORKERS", 0.0)
    again = confirmed(clean[0], workers=2)
    assert without_times(again) == without_times(clean[1])


@pytest.mark.parametrize("metric", ["f1", "log_loss"])
def test_who_is_ruled_out_is_dropped_before_its_last_fold(clean: Any, metric: str) -> None:
    best = max(clean[0], key=lambda each: each.objective)
    best = replace(best, overrides=(*best.overrides, f"metric={metric}"))
    plain = (each for each in BASE if "n_estimators" not in each)
    overrides = (*plain, "model=dummy_churn", f"metric={metric}")
    hopeless = replace(best, number=99, objective=best.objective - 0.1, overrides=overrides)
    again = confirmed([best, hopeless])
    assert [each.state for each in again] == ["complete", "pruned"]
    assert len(again[1].folds[metric]) < 12
