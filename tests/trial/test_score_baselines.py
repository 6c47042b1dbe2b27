"""The baselines on a trial's folds are scikit-learn's own dummies and its untuned boosting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import f1_score

from cip_exp.config.load import compose
from cip_exp.trial.prepare import prepare
from cip_exp.trial.run import run_trial
from cip_exp.trial.score_baselines import fold_key, is_untuned, score_baselines

if TYPE_CHECKING:
    from pathlib import Path

HGB = "sklearn.ensemble.HistGradientBoostingClassifier"
UNTUNED = (
    "model=hgb_churn", "model.max_leaf_nodes=31", "model.min_samples_leaf=20", "model.l2_regularization=0",
    "model.class_weight=null", "model.early_stopping=auto",
)  # fmt: skip


def test_everyone_churns_has_the_f1_of_the_formula_in_each_fold() -> None:
    settings = compose(["track=off", "seeds.replicates=[0,1]"])
    folds = prepare(settings).split.folds
    everyone = score_baselines(settings)[0]
    assert everyone.label == "calling everyone a churner"
    for score, fold in zip(everyone.folds["f1"], folds, strict=True):
        assert fold.y_test is not None
        p = float(fold.y_test.mean())
        assert score == pytest.approx(2 * p / (1 + p))


def test_the_untuned_model_is_scikit_learns_with_its_defaults() -> None:
    settings = compose(["track=off"])
    prepared = prepare(settings)
    untuned = next(each for each in score_baselines(settings) if each.kind == "untuned")
    fold = prepared.split.folds[0]
    X = prepared.features.X.to_numpy(dtype=np.float64)
    assert fold.y_train is not None
    fitted = HistGradientBoostingClassifier().fit(X[fold.train], fold.y_train)
    assert untuned.folds["f1"][0] == f1_score(fold.y_test, fitted.predict(X[fold.test]))


def test_values_have_mean_and_median_and_a_rank_correlation_of_zero() -> None:
    found = score_baselines(compose(["track=off", "model=ridge_clv"]))
    assert [each.kind for each in found] == ["dummy", "dummy", "untuned"]
    mean, median, untuned = found
    assert 0 >= np.mean(mean.folds["r2"]) != np.mean(median.folds["r2"])
    assert set(mean.folds["spearman"]) == {0.0}
    assert np.mean(untuned.folds["r2"]) > 0.9


def test_segments_have_none() -> None:
    assert score_baselines(compose(["track=off", "model=kmeans_segments"])) == ()


def test_trials_share_baselines_where_they_share_folds_and_features() -> None:
    def key(*overrides: str) -> tuple[str, ...]:
        settings = compose(["track=off", "split.n_splits=2", "model=dummy_churn", *overrides])
        return fold_key(run_trial(settings).trial)

    assert key() == key("model=logit_churn")
    assert len({key(), key("seed=1"), key("features=strict"), key("split.n_splits=3")}) == 4


@pytest.mark.parametrize(("overrides", "itself"), [(UNTUNED, True), (("model=hgb_churn",), False)])
def test_the_untuned_model_itself_is_known(overrides: tuple[str, ...], itself: bool) -> None:
    trial = run_trial(compose(["track=off", "split.n_splits=2", *overrides])).trial
    assert trial.params["model._target_"] == HGB
    assert is_untuned(trial) is itself


def test_a_baseline_that_cannot_be_fitted_has_no_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        msg = "The number of classes has to be greater than one"
        raise ValueError(msg)

    monkeypatch.setattr(HistGradientBoostingClassifier, "fit", refuse)
    found = score_baselines(compose(["track=off", "seed=77"]))
    assert np.isnan(found[-1].folds["f1"]).all()
    assert len(found[-1].folds["f1"]) == len(found[0].folds["f1"])


def test_a_column_with_many_levels_is_prepared_as_for_the_model(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    city = draw.integers(0, 60, 600)
    rows = {"city": [f"City {i}" for i in city], "left": (city % 2 == draw.binomial(1, 0.2, 600)).astype(int)}
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    where = ["data=csv", f"data.path={tmp_path / 't.csv'}", "data.target=left", "track=off", "audit=off"]
    ways = [
        score_baselines(compose([*where, f"features.many_levels={way}"]))[-1].folds["roc_auc"]
        for way in ("target_encode", "one_hot")
    ]
    assert ways[0] != ways[1]
