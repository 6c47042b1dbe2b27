"""The first line says whether a model beats the baselines; a model that does not gets no praise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cip_exp.records.baseline_scores import BaselineComparison, ComparedModel
from cip_exp.report.baseline_words import baselines_of_questions, headlines, standing
from cip_exp.report.baselines_table import read_baselines, write_baselines

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("f1", "precision", "recall", "roc_auc", "average_precision", "log_loss")
EVERYONE = "calling everyone a churner"
UNTUNED = "the untuned baseline (histogram gradient boosting)"


def against(kind: str, score: float, difference: float, half: float) -> BaselineComparison:
    label, name = (EVERYONE, "everyone churns") if kind == "dummy" else (UNTUNED, "untuned baseline")
    means = dict.fromkeys(NAMES, score) | {"roc_auc": 0.5 if kind == "dummy" else 0.88}
    errors = dict.fromkeys(NAMES, 0.01)
    return BaselineComparison(
        kind, name, label, means, errors, difference, difference - half, difference + half
    )  # type: ignore[arg-type]


def model(number: int = 0, name: str = "rf_churn", lead: float = 0.059, half: float = 0.021) -> ComparedModel:
    means = dict.fromkeys(NAMES, 0.553 + lead) | {"roc_auc": 0.91}
    pair = (against("dummy", 0.43, 0.123 + lead, 0.05), against("untuned", 0.553, lead, half))
    return ComparedModel(number, name, "", "", "churn", "f1", "ok", means, pair, chosen=True)


def test_a_model_that_beats_both() -> None:
    first, second = headlines([model()])
    assert first == (
        f"rf_churn beats {UNTUNED} and {EVERYONE}: F1 0.612 against 0.553, 0.059 better "
        "(95 % interval 0.038 to 0.080)."
    )
    assert second == (
        f"F1 rewards {EVERYONE} (0.430), AUC does not: rf_churn 0.910, the untuned baseline 0.880, "
        f"{EVERYONE} 0.500."
    )


@pytest.mark.parametrize(
    ("lead", "half", "said", "in_table"),
    [
        (
            0.01,
            0.02,
            f"rf_churn beats {EVERYONE}, and is ahead of {UNTUNED} by 0.010 F1",
            "not clearly better than the untuned baseline",
        ),
        (-0.01, 0.02, "rf_churn does not beat the untuned baseline", "not better than the untuned baseline"),
        (-0.2, 0.02, f"rf_churn does not beat {EVERYONE}: it has F1 0.353", f"not better than {EVERYONE}"),
    ],
)  # fmt: skip
def test_a_model_that_does_not(lead: float, half: float, said: str, in_table: str) -> None:
    found = model(lead=lead, half=half)
    assert headlines([found])[0].startswith(said)
    assert standing(found) == in_table
    assert standing(model()) == standing(None) == ""


def test_of_several_models_none_beats_the_baselines() -> None:
    worse = replace(model(1, "logit_churn", lead=-0.3), chosen=False)
    dummy = replace(model(2, "dummy_churn", lead=-0.123), is_dummy=True, chosen=False)
    (first, _) = headlines([model(lead=-0.2), worse, dummy])
    assert first == f"No model beats {EVERYONE}: the best, rf_churn, has F1 0.353, the baseline 0.430."


@pytest.mark.parametrize("lead", [0.059, 0.01, -0.2])
def test_a_leaky_score_is_not_praised(lead: float) -> None:
    first = headlines([replace(model(lead=lead), verdict="leaky,duplicated")])[0]
    assert first.startswith("Do not believe these scores: leaky, duplicated. ")
    assert "rf_churn beats" not in first


def test_of_several_questions_the_best_that_does_not_leak_is_named() -> None:
    leaky = replace(model(lead=0.3), verdict="leaky", question="features=leaky")
    clean = replace(model(1), question="features=clean")
    first, second = headlines([leaky, clean])
    assert first.startswith("rf_churn with features=clean beats")
    assert "in 1 of 2 cells of data and features; 1 is not to be believed." in second


def test_only_dummies_are_no_model() -> None:
    dummy = replace(model(name="dummy_churn"), is_dummy=True, chosen=False)
    assert headlines([dummy]) == ["dummy_churn is a baseline itself: no model was scored."]
    assert headlines([]) == []


def test_each_question_shows_the_baselines_of_its_best_model() -> None:
    itself = replace(model(0), is_untuned=True, comparisons=model().comparisons[:1])
    other = replace(model(1, "logit_churn"), chosen=False)
    assert baselines_of_questions([itself, other]) == [other]


def test_the_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = [model(3), replace(model(5, lead=-0.1), question="features=clean", setting="model.max_depth=3")]
    write_baselines(tmp_path, found)
    assert read_baselines(tmp_path) == found
    write_baselines(tmp_path, [])
    assert read_baselines(tmp_path) == []
