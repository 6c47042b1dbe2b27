"""A metric's direction: objectives, scorers and the rule of overfitting treat a loss as its negative."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer

from cip_exp.config.schemas import ObjectiveSettings
from cip_exp.evaluation import objective
from cip_exp.evaluation.metrics import TASKS, metric_of
from cip_exp.records.trial import Evaluation
from cip_exp.records.vocabulary import METRICS

if TYPE_CHECKING:
    from cip_exp.evaluation.metric import Metric

TARGETS = [(task, metric) for task in ("churn", "clv") for metric in TASKS[task].metrics.values()]
LOSS = TASKS["churn"].metrics["log_loss"]
TWIN = replace(LOSS, name="twin", greater_is_better=True, bounds=LOSS.signed_bounds)
"""The negative of log loss, as a score of which greater is better."""
OBJECTIVES: list[dict[str, Any]] = [
    {"name": "mean"}, {"name": "repeated"}, {"name": "lower_bound", "multiple": 1.5},
    {"name": "gap_penalty", "weight": 0.7, "tolerance": 0.05}, {"name": "worst_seed"},
    {"name": "worst_seed", "quantile": 0.5}, {"name": "pareto", "direction": ["maximize", "maximize"]},
]  # fmt: skip
losses = st.lists(st.floats(0.01, 5), min_size=6, max_size=6)


def evaluated(metric: Metric, train: list[float], test: list[float]) -> Evaluation:
    """Return two seeds of three folds, scored by one metric."""
    return Evaluation(
        "churn", metric.name, {metric.name: np.array(train)}, {metric.name: np.array(test)}, n_folds=3,
        test_ratio=0.5, fit_seconds=1.0, oof=np.empty((1, 0)),
    )  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _twin() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS["churn"].metrics, "twin", TWIN)  # type: ignore[arg-type]
        yield


@pytest.mark.parametrize("settings", OBJECTIVES, ids=lambda settings: settings["name"])
@given(losses, losses)
def test_a_loss_has_the_objective_of_its_negative(
    settings: dict[str, Any], train: list[float], test: list[float]
) -> None:
    chosen = ObjectiveSettings(**settings)
    loss = evaluated(LOSS, train, test)
    twin = evaluated(TWIN, [-each for each in train], [-each for each in test])
    assert objective.objective(loss, chosen) == objective.objective(twin, chosen)
    assert objective.gap(loss) == pytest.approx(objective.gap(twin), abs=1e-12)
    assert objective.mean(loss) == -objective.mean(twin)


@pytest.mark.parametrize("settings", OBJECTIVES, ids=lambda settings: settings["name"])
@given(losses, st.floats(0.001, 1))
def test_a_larger_loss_has_a_smaller_objective(
    settings: dict[str, Any], test: list[float], more: float
) -> None:
    chosen = ObjectiveSettings(**settings)
    better, worse = (evaluated(LOSS, test, [each + add for each in test]) for add in (0.0, more))
    assert objective.objective(worse, chosen) < objective.objective(better, chosen)


def test_the_worst_seed_of_a_loss_has_the_largest_loss() -> None:
    seeds = evaluated(LOSS, [0.1] * 6, [0.2, 0.2, 0.2, 0.6, 0.6, 0.6])
    assert objective.objective(seeds, ObjectiveSettings(name="worst_seed")) == pytest.approx(-0.6)


@pytest.mark.parametrize(
    ("metric", "train", "validation", "overfits"),
    [
        ("rmse", 100.0, 110.0, False), ("rmse", 99.0, 110.0, True), ("rmse", 1e-9, 1e-9, False),
        ("mae", 0.0, 0.0, False), ("rmse", 120.0, 110.0, False), ("r2", 0.72, 0.70, False),
        ("r2", 0.78, 0.70, True), ("rmse", 0.01, 0.02, True),
    ],
)  # fmt: skip
def test_a_loss_overfits_by_a_tenth_of_itself_whatever_its_unit(
    metric: str, train: float, validation: float, overfits: bool
) -> None:
    chosen = TASKS["clv"].metrics[metric]
    assert chosen.overfits(chosen.gap(train, validation), validation) is overfits


@pytest.mark.parametrize(("task", "metric"), TARGETS, ids=lambda each: getattr(each, "name", each))
def test_scikit_learn_scores_by_the_same_metric_with_the_sign_of_a_score(task: str, metric: Metric) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    amount = np.exp(X[:, 0] + rng.normal(size=60))
    if task == "churn":
        y = (amount > 1).astype(int)
        churn = LogisticRegression().fit(X, y)
        predicted = churn.predict_proba(X)[:, 1] if metric.needs == "score" else churn.predict(X)
        found = get_scorer(metric.scorer)(churn, X, y)
    else:
        y, value = amount, Ridge().fit(X, amount)
        predicted, found = value.predict(X), get_scorer(metric.scorer)(value, X, y)
    assert found == pytest.approx(metric.signed(metric.fn(y, predicted)))


@pytest.mark.parametrize("metric", [metric for _, metric in TARGETS], ids=lambda metric: metric.name)
def test_the_sign_of_a_metric_is_changed_and_changed_back(metric: Metric) -> None:
    low, high = metric.signed_bounds
    assert low < high
    assert {metric.signed(low), metric.signed(high)} == set(metric.bounds)
    assert metric.best in metric.bounds
    assert metric.signed(metric.best) == high
    values = np.array([0.25, 0.5])
    np.testing.assert_array_equal(metric.signed(metric.signed(values)), values)
    assert (metric.signed(values)[1] > metric.signed(values)[0]) is np.bool_(metric.greater_is_better)


def test_the_names_of_the_configuration_are_the_metrics_of_the_tasks() -> None:
    named = {task: tuple(name for name in TASKS[task].metrics if name != "twin") for task in TASKS}
    assert named == METRICS
    assert {task: each.criterion.name for task, each in TASKS.items()} == {
        "clv": "r2", "churn": "f1", "segments": "silhouette",
    }  # fmt: skip


def test_bands_and_criteria_are_about_the_tasks_own_metric() -> None:
    scores = {"f1": 0.9, "precision": 0.9, "log_loss": 0.7}
    scored = Evaluation(
        "churn", "log_loss", {name: np.full(5, each) for name, each in scores.items()},
        {name: np.full(5, each) for name, each in scores.items()}, n_folds=5, test_ratio=0.25,
        fit_seconds=1.0, oof=np.empty((1, 0)),
    )  # fmt: skip
    assert metric_of(scored) is LOSS
    found = objective.verdict(scored, ObjectiveSettings(), "ok")
    assert (found.objective, found.band, found.meets_criteria) == (pytest.approx(-0.7), "excellent", True)
    assert not found.overfit


def test_an_undefined_metric_is_named() -> None:
    scored = evaluated(TASKS["churn"].metrics["roc_auc"], [1.0] * 6, [0.5, float("nan")] * 3)
    with pytest.raises(objective.TrialError, match="roc_auc is undefined in 3 of 6 folds"):
        objective.objective(scored, ObjectiveSettings())
