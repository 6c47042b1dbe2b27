"""Values of every objective, and when a model overfits or an objective is undefined."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cip_exp.config.schemas import ObjectiveSettings
from cip_exp.errors import TrialError
from cip_exp.evaluation import objective
from cip_exp.evaluation.profit import CampaignTerms, cross_fitted_profit
from cip_exp.records.table import Fold, Split
from cip_exp.records.trial import Evaluation

TEST = [0.6, 0.7, 0.8, 0.9, 1.0]
"""Mean 0.8; corrected standard error at a test ratio of 1/4: √0.01125 = 0.10607."""


def evaluation(test: list[float] = TEST, train: float = 0.95, **more: list[float]) -> Evaluation:
    scores = {"f1": test, **more}
    return Evaluation(
        task="churn",
        primary="f1",
        train={name: np.full(len(test), train) for name in scores},
        test={name: np.array(values) for name, values in scores.items()},
        n_folds=5,
        test_ratio=0.25,
        fit_seconds=1.0,
        oof=np.empty((1, 0)),
    )


@pytest.mark.parametrize(
    ("settings", "value"),
    [
        ({"name": "mean"}, 0.8),
        ({"name": "lower_bound", "multiple": 1.0}, 0.8 - 0.1060660172),
        ({"name": "lower_bound", "multiple": 2.0}, 0.8 - 0.2121320344),
        ({"name": "gap_penalty", "weight": 0.2, "tolerance": 0.0}, 0.77),
        ({"name": "gap_penalty", "weight": 1.0, "tolerance": 0.05}, 0.7),
        ({"name": "gap_penalty", "weight": 1.0, "tolerance": 0.15}, 0.8),
        ({"name": "gap_penalty", "weight": 1.0, "tolerance": 0.5}, 0.8),
        ({"name": "repeated"}, 0.8),
        ({"name": "worst_seed"}, 0.8),
        ({"name": "pareto", "direction": ["maximize", "maximize"]}, 0.8),
    ],
)
def test_values_of_objectives(settings: dict[str, Any], value: float) -> None:
    assert objective.objective(evaluation(), ObjectiveSettings(**settings)) == pytest.approx(value)


def test_a_negative_gap_is_not_rewarded() -> None:
    better = evaluation(train=0.7)
    assert objective.gap(better) == pytest.approx(-0.1)
    assert objective.gap_penalty(better, 1.0, 0.0) == pytest.approx(0.8)


def test_an_undefined_objective_fails_the_trial() -> None:
    with pytest.raises(TrialError, match="nan"):
        objective.objective(evaluation([0.5, math.nan]), ObjectiveSettings())
    with pytest.raises(TrialError, match="lower_bound"):
        objective.objective(evaluation([0.5]), ObjectiveSettings(name="lower_bound"))


@pytest.mark.parametrize(
    ("score", "train", "overfit"),
    [
        (0.5, 0.5625, True),  # 0.0625 ≥ 0.05
        (0.5, 0.546875, False),  # 0.046875 < 0.05
        (0.25, 0.28125, True),  # 0.03125 ≥ 0.03, the floor
        (0.25, 0.2734375, False),
        (0.875, 0.953125, False),  # 0.078125 < 0.0875
        (0.875, 0.96875, True),
        (0.5, 0.25, False),
    ],
)
def test_overfit_by_skores_rule(score: float, train: float, overfit: bool) -> None:
    found = objective.verdict(evaluation([score] * 4, train), ObjectiveSettings(), "ok")
    assert found.overfit is overfit


def test_bands_and_criteria_of_the_verdict() -> None:
    good = evaluation([0.81] * 4, precision=[0.76] * 4)
    found = objective.verdict(good, ObjectiveSettings(), "ok")
    assert (found.objective, found.band, found.meets_criteria) == (pytest.approx(0.81), "excellent", True)
    assert not objective.verdict(
        evaluation([0.81] * 4, precision=[0.7] * 4), ObjectiveSettings(), "ok"
    ).meets_criteria


def test_a_mean_leaves_out_folds_where_its_metric_is_undefined() -> None:
    nan = math.nan
    means = objective.validation_means(
        evaluation([0.5, 0.7, 0.9], roc_auc=[0.5, nan, 1.0], log_loss=[nan] * 3)
    )
    assert means["f1"] == pytest.approx(0.7)
    assert means["roc_auc"] == 0.75
    assert math.isnan(means["log_loss"])


@pytest.mark.parametrize(("quantile", "value"), [(0.0, 0.2), (0.5, 0.5), (1.0, 0.8)])
def test_the_worst_seed_is_the_worst_mean_of_a_replicate(quantile: float, value: float) -> None:
    replicates = evaluation([0.7, 0.9, 0.8, 0.8, 0.8, 0.1, 0.3, 0.2, 0.2, 0.2])
    settings = ObjectiveSettings(name="worst_seed", quantile=quantile)
    assert objective.objective(replicates, settings) == pytest.approx(value)


def test_the_second_objective_is_better_when_greater() -> None:
    assert objective.second_objective(evaluation(), "gap") == pytest.approx(-0.15)
    assert objective.second_objective(evaluation(), "cost") == -1.0


def test_profit_is_at_the_threshold_chosen_on_the_other_folds() -> None:
    p = np.array([[0.9, 0.1, 0.8, 0.2, 0.7, 0.3]])
    pairs = [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])]
    y = np.array([1.0, 0, 1, 0, 0, 1])
    folds = tuple(Fold(0, n, np.array([], dtype=int), at, None, y[at]) for n, at in enumerate(pairs))
    settings = ObjectiveSettings(name="profit", contact_cost=1, value_kept=10, success_rate=0.5)
    scored = replace(evaluation([0.5] * 3), oof=p)
    found = objective.add_profit(scored, settings, Split(folds, folds[0], "stratified", twins_grouped=False))
    # The last fold's churner is ranked below a non-churner: the others' threshold contacts only the latter.
    profits, _ = cross_fitted_profit(y, p[0], np.repeat([0, 1, 2], 2), CampaignTerms(1, 10, 0.5))
    assert profits[2] == -0.5
    assert objective.objective(found, settings) == pytest.approx(profits.mean())
    assert f"profit a customer {profits.mean():.4f} ±" in found.notes[0]
    assert objective.add_profit(scored, ObjectiveSettings(), None) is scored  # type: ignore[arg-type]
