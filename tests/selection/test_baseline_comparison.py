"""A model beats a baseline by the corrected paired test, in the direction of its primary metric."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.evaluation.metrics import TASKS
from cip_exp.evaluation.statistics import corrected_t
from cip_exp.records.baseline_scores import BaselineScores, ComparedModel, Kind
from cip_exp.records.trial import Trial
from cip_exp.selection.baseline_comparison import baseline_metrics, compare_with_baselines

UP = (0.60, 0.62, 0.61, 0.63, 0.60)
scores = st.lists(st.floats(0.01, 0.99), min_size=5, max_size=5).map(tuple)


def trial(folds: tuple[float, ...], metric: str = "f1", target: str = "a.B", **tags: str) -> Trial:
    task: Any = "churn" if metric in TASKS["churn"].metrics else "clv"
    own = {"cip.model": "m", "cip.verdict": "ok", "cip.seed": "0", "cip.split": "stratified", **tags}
    return Trial(
        state="complete", params={"model._target_": target}, tags=own,
        metrics={f"cv_{metric}_mean": float(np.mean(folds))}, folds={metric: folds}, task=task,
        primary=metric, objective=0.0, test_ratio=0.25,
    )  # fmt: skip


def baseline(kind: Kind, name: str, folds: tuple[float, ...], metric: str = "f1") -> BaselineScores:
    task = "churn" if metric in TASKS["churn"].metrics else "clv"
    return BaselineScores(kind, name, name, dict.fromkeys(TASKS[task].metrics, folds))


def compared(
    own: tuple[float, ...], dummy: tuple[float, ...], untuned: tuple[float, ...], metric: str = "f1",
    target: str = "a.B",
) -> ComparedModel:  # fmt: skip
    found = compare_with_baselines(
        [trial(own, metric, target)],
        [(baseline("dummy", "d", dummy, metric), baseline("untuned", "u", untuned, metric))],
    )
    assert found is not None
    return found


def less(by: float, noise: float = 0.0) -> tuple[float, ...]:
    return tuple(score - by + noise * (-1) ** at for at, score in enumerate(UP))


@pytest.mark.parametrize(
    ("dummy", "untuned", "beats"),
    [
        (less(0.2, 0.01), less(0.1, 0.01), "true"),
        (less(0.2, 0.01), less(0.03, 0.05), "unclear"),
        (less(0.03, 0.05), less(0.2, 0.01), "unclear"),
        (less(0.2, 0.01), less(-0.01, 0.05), "false"),
        (less(-0.01, 0.05), less(0.2, 0.01), "false"),
        (less(0.2, 0.01), less(0.0), "false"),
        (less(0.2, 0.01), (float("nan"),) * 5, "unclear"),
    ],
)
def test_both_have_to_be_beaten(dummy: tuple[float, ...], untuned: tuple[float, ...], beats: str) -> None:
    assert compared(UP, dummy, untuned).beats == beats


def test_of_errors_the_lower_are_better() -> None:
    assert compared(UP, less(-0.2, 0.01), less(-0.1, 0.01), "rmse").beats == "true"
    assert compared(UP, less(0.2, 0.01), less(0.1, 0.01), "rmse").beats == "false"


def test_a_dummy_beats_nothing() -> None:
    found = compared(UP, less(0.2, 0.01), less(0.1, 0.01), target="sklearn.dummy.DummyClassifier")
    assert (found.is_dummy, found.beats) == (True, "false")


@given(scores, scores, scores, st.sampled_from(["f1", "roc_auc", "log_loss"]))
def test_the_answer_is_that_of_the_corrected_test(
    own: tuple[float, ...], dummy: tuple[float, ...], untuned: tuple[float, ...], metric: str
) -> None:
    found = compared(own, dummy, untuned, metric)
    sign = -1 if metric == "log_loss" else 1
    tests = [corrected_t(sign * (np.array(own) - np.array(other)), 0.25) for other in (dummy, untuned)]
    if any(each.difference <= 0 for each in tests):
        assert found.beats == "false"
    else:
        significant = all(each.p < 0.05 for each in tests)
        assert found.beats == ("true" if significant else "unclear")


def test_the_better_dummy_is_taken_over_all_seeds() -> None:
    members = [trial(UP), trial(UP, **{"cip.seed": "1"})]
    a, b = baseline("dummy", "a", less(0.1)), baseline("dummy", "b", less(0.2))
    better_b = (baseline("dummy", "a", less(0.1)), baseline("dummy", "b", less(-0.3)))
    untuned = baseline("untuned", "u", less(0.2))
    found = compare_with_baselines(members, [(a, b, untuned), (*better_b, untuned)])
    assert found is not None
    assert [each.name for each in found.comparisons] == ["b", "u"]
    assert found.comparisons[0].difference == pytest.approx(-0.05)
    assert baseline_metrics((a, b, untuned), found)["dummy_f1"] == pytest.approx(np.mean(less(0.2)))


def test_seeds_on_the_same_folds_are_averaged_first() -> None:
    fixed = {"cip.split": "holdout"}
    members = [trial(UP, **fixed), trial(UP, **fixed, **{"cip.seed": "1"})]
    noisy = (baseline("dummy", "d", less(0.1, 0.05)), baseline("untuned", "u", less(0.1, 0.05)))
    once = compare_with_baselines(members[:1], [noisy])
    twice = compare_with_baselines(members, [noisy, noisy])
    assert once is not None
    assert twice is not None
    assert once.comparisons[0].low == pytest.approx(twice.comparisons[0].low)


def test_what_was_not_scored_on_the_same_folds_is_not_compared() -> None:
    short = (baseline("dummy", "d", (0.1,)), baseline("untuned", "u", (0.1,)))
    assert compare_with_baselines([trial(UP)], [short]) is None
    assert compare_with_baselines([trial(UP)], [()]) is None
