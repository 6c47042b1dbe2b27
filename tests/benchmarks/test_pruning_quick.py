"""The comparison of pruned and unpruned searches: cached trials are exact, settings equal composed ones."""

from __future__ import annotations

import numpy as np
import optuna
import pytest

from benchmarks.pruning import COLUMNS, PRUNERS, compare, interval, page
from benchmarks.pruning_data import Scorer, with_params
from cip_exp.config.load import compose
from cip_exp.trial.run import TrialRequest, run_trial

CLV = ["data=purchasing", "model=rf_clv"]
PARAMS = {
    "model.n_estimators": 25, "model.max_depth": 3, "model.min_samples_split": 9,
    "model.min_samples_leaf": 4, "model.max_features": "0.8",
}  # fmt: skip


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(CLV)


def test_a_cached_trial_stops_at_the_same_fold_as_a_new_one(scorer: Scorer) -> None:
    def stop(_score: float, step: int) -> bool:
        return step == 3

    live = run_trial(with_params(scorer.settings, PARAMS), TrialRequest(on_fold=stop)).trial
    whole, value = scorer.score(PARAMS, lambda *_: False)
    assert whole == 10
    assert value == pytest.approx(run_trial(with_params(scorer.settings, PARAMS)).trial.objective, abs=0)
    reported: list[float] = []
    again = scorer.score(PARAMS, lambda score, step: reported.append(score) or stop(score, step))
    assert again == (4, None)
    assert live.state == "pruned"
    assert tuple(reported) == live.folds["r2"]


def test_stopping_at_the_last_fold_saves_nothing(scorer: Scorer) -> None:
    scorer.score(PARAMS, lambda *_: False)
    folds, value = scorer.score(PARAMS, lambda _, step: step == 9)
    assert folds == 10
    assert value is not None


@pytest.mark.parametrize("weight", ["null", "balanced"])
def test_settings_with_params_equal_those_that_hydra_composes(weight: str) -> None:
    params = {"model.max_features": "sqrt", "model.class_weight": weight, "model.max_depth": 4}
    composed = compose([f"{key}={value}" for key, value in params.items()])
    assert with_params(compose(), params).model == composed.model


@pytest.mark.slow
def test_a_pruned_search_of_the_same_configurations_is_never_better(scorer: Scorer) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    rows = compare(scorer, "random", 0, 12)
    assert list(rows) == list(PRUNERS)
    table = np.array(list(rows.values()))
    assert table.shape == (len(PRUNERS), len(COLUMNS))
    assert (table[:, 0] >= 0).all()
    assert table[:, 0].max() > 10
    # Among the same trials a pruned search can only miss the best; if it does not, the winner is the same.
    assert (table[:, 1] <= 0).all()
    assert (table[table[:, 4] == 100, 1:4] == 0).all()
    assert (
        page({("random", "median"): {"purchasing clv": [rows["median"]]}}, "").count("| purchasing clv |")
        == 1
    )


def test_intervals_are_bootstrapped_over_data_sets() -> None:
    low, high = interval(np.array([[0.0, 2.0], [1.0, 2.0]]))
    assert low.tolist() == [0.0, 2.0]
    assert high.tolist() == [1.0, 2.0]
