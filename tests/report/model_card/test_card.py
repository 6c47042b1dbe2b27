"""A model card states the numbers of its record, and the limitations that follow from them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from cip_exp.config.load import compose
from cip_exp.evaluation import profit as business
from cip_exp.report.model_card.card import Subject, model_card
from cip_exp.report.model_card.limitations import count_outside
from cip_exp.report.model_card.value import profit_curve
from cip_exp.report.page.sections.profit_curve import profit_chart
from cip_exp.trial.run import TrialRequest, run_trial

FAST = {
    "churn": ("model=rf_churn", "features=clean", "model.n_estimators=5"),
    "clv": ("model=ridge_clv", "features=strict"),
    "segments": ("model=kmeans_segments", "model.n_init=1", "model.k_max=3", "split.n_splits=2"),
}
PROFIT = ("objective=profit", "objective.contact_cost=2", "objective.value_kept=50", "objective.capacity=0.4")


@cache
def subject(task: str, *more: str) -> Subject:
    settings = compose([*FAST[task], "track=off", *more])
    outcome = run_trial(settings, TrialRequest(open_holdout=True))
    assert outcome.final is not None
    prepared, oof = outcome.prepared, outcome.evaluation.oof
    return Subject(
        outcome.trial, settings, prepared.features, prepared.split, oof, outcome.final.prediction, "a#1"
    )


@pytest.mark.parametrize("task", list(FAST))
def test_every_score_of_the_record_is_on_the_card(task: str) -> None:
    about = subject(task)
    card = model_card(about)
    metrics = about.trial.metrics
    primary = about.trial.primary
    spread = f"{metrics[f'cv_{primary}_mean']:.4f} ± {metrics[f'cv_{primary}_se']:.4f}"
    ends = [f"{metrics[name]:.4f}" for name in (f"gap_{primary}", f"test_{primary}")]
    assert f"| {primary} | {metrics[f'train_{primary}']:.4f} | {spread} | {' | '.join(ends)} |" in card
    for fact in (
        about.trial.tags["cip.data_sha256"],
        about.trial.tags["cip.config_hash"],
        "reproduce.py 'a#1'",
    ):
        assert fact in card
    for name in about.features.names:
        assert f"| `{name}` |" in card
    assert "nan" not in card
    assert "not saved" in card


def test_the_card_says_how_many_columns_were_permuted() -> None:
    about = subject("churn")
    n = len(about.features.names)
    assert f"is known for {n - 1} of these {n} columns" in model_card(replace(about, n_permuted=n - 1))
    for said in (n, None):
        assert "is known for" not in model_card(replace(about, n_permuted=said))


def test_a_leaky_model_is_not_for_prediction() -> None:
    about = subject("churn")
    card = model_card(about)
    assert "**Verdict: leaky, duplicated, degenerate.**" in card
    assert "- To predict: it uses information about the target" in card
    assert "- purchase_frequency → churn_risk_score → churn" in card
    assert "over 0.7" in card
    assert "no profit is stated" in card
    not_leaky = replace(about.trial, tags={**about.trial.tags, "cip.verdict": "ok", "cip.overfit": "false"})
    assert "To predict" not in model_card(replace(about, trial=not_leaky))


def test_profit_is_stated_with_the_costs_of_the_campaign() -> None:
    about = subject("churn", *PROFIT)
    found = about.trial.metrics
    assert about.trial.objective == found["expected_profit"]
    card = model_card(about)
    assert "A contact costs 2, a kept churner is worth 50, 30% of contacted churners stay, and 40%" in card
    assert f"Profit a customer: {found['expected_profit']:.4f} ± {found['expected_profit_se']:.4f}" in card
    assert f"Contact from a probability of {found['profit_threshold']:.4f} on." in card
    costly = subject("churn", "objective=profit", "objective.contact_cost=1000")
    assert "profit_threshold" not in costly.trial.metrics
    assert "contact no customer" in model_card(costly)


def test_the_profit_chart_has_its_numbers_as_alternative_text() -> None:
    about = subject("churn", *PROFIT)
    curve = profit_curve(about.split, about.oof, business.CampaignTerms(2, 50, 0.3, 0.4))
    assert curve["profit"].max() >= about.trial.metrics["expected_profit"]
    assert (curve["share"].iloc[0], curve["share"].iloc[-1]) == (0, 1)
    alt = profit_chart(curve, about.trial).alt
    for name in ("expected_profit", "profit_contact_all", "profit_threshold"):
        assert f"{about.trial.metrics[name]:.4f}" in alt


def test_the_card_of_a_value_model_states_the_share_in_its_top_tenth() -> None:
    about = subject("clv", "objective=top_decile")
    share = about.trial.metrics["cv_top_decile_capture_mean"]
    assert about.trial.objective == share
    assert f"holds {share:.1%} of all value." in model_card(about)


def test_rows_outside_the_training_rows_are_counted() -> None:
    about = subject("churn")
    train, test = about.split.final.train, about.split.final.test
    X = pd.DataFrame({"a": np.zeros(len(about.features.X)), "b": "x"}).astype({"b": "category"})
    assert count_outside(replace(about.features, X=X), about.split) == 0
    X.loc[test[0], "a"] = 0.5
    X.loc[test[1], "a"] = np.nan
    X["b"] = X["b"].cat.add_categories("y")
    X.loc[test[2], "b"] = "y"
    X.loc[train[0], "a"] = -1.0
    assert count_outside(replace(about.features, X=X), about.split) == 2
