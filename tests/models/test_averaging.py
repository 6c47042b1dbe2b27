"""The averaged final fit is one pipeline that predicts the mean of the single fits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier, VotingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from cip_exp.forest import RandomForestClassifier, RandomForestRegressor
from cip_exp.models import pipeline
from cip_exp.models.averaging import fit_averaged

SEEDS = [3, 1, 4, 1_000]
RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(80, 4)), columns=list("abcd"))
LABEL = (X["a"] + RNG.normal(size=80) > 0).astype(int).to_numpy()
VALUE = X["a"].to_numpy() + RNG.normal(size=80)


def piped(estimator: Any) -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("model", estimator)])


def predicted(pipe: Pipeline, X: pd.DataFrame) -> np.ndarray:
    return np.asarray(pipe.predict_proba(X)[:, 1] if hasattr(pipe, "predict_proba") else pipe.predict(X))


@pytest.mark.parametrize(
    ("estimator", "y", "kind"),
    [
        (RandomForestClassifier(7, max_depth=3), LABEL, RandomForestClassifier),
        (RandomForestRegressor(7, max_depth=3), VALUE, RandomForestRegressor),
        (DecisionTreeClassifier(max_features=1, max_depth=3), LABEL, VotingClassifier),
        (DecisionTreeRegressor(max_features=1, max_depth=3), VALUE, VotingRegressor),
    ],
)
def test_it_predicts_the_mean_of_the_single_fits(estimator: Any, y: np.ndarray, kind: type) -> None:
    pipe = piped(estimator)
    singles = [predicted(pipeline.seeded(pipe, seed).fit(X, y), X) for seed in SEEDS]
    together = fit_averaged(pipe, SEEDS, X, y)

    assert isinstance(together[-1], kind)
    assert len(together.steps) == 2
    np.testing.assert_allclose(predicted(together, X), np.mean(singles, axis=0), rtol=1e-12)


def test_a_forest_has_the_trees_of_all_fits() -> None:
    together = fit_averaged(piped(RandomForestClassifier(7)), SEEDS, X, LABEL)[-1]
    assert together.n_estimators == len(together.estimators_) == 28


@pytest.mark.parametrize("estimator", [LogisticRegression(), HistGradientBoostingClassifier(max_iter=5)])
def test_a_model_that_does_not_depend_on_its_seed_is_fitted_once(estimator: Any) -> None:
    assert isinstance(fit_averaged(piped(estimator), SEEDS, X, LABEL)[-1], type(estimator))


def test_one_seed_equals_the_plain_fit() -> None:
    pipe = piped(RandomForestClassifier(5))
    np.testing.assert_array_equal(
        predicted(fit_averaged(pipe, SEEDS[:1], X, LABEL), X),
        predicted(pipeline.seeded(pipe, SEEDS[0]).fit(X, LABEL), X),
    )
