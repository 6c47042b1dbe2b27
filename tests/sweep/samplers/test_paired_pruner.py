"""The paired pruner: what it computes, and that order, direction and missing scores do not mislead it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState, create_trial

from cip_exp.sweep.config_store import PairedConf
from cip_exp.sweep.samplers.factory import build_pruner
from cip_exp.sweep.samplers.paired_pruner import PairedPruner, Reference, chance

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDS = np.array([0.10, -0.10, 0.05, -0.05, 0.0])
"""How hard each fold is: much more than what trials differ by."""


def study_of(rows: Sequence[Sequence[float]], direction: str = "maximize") -> optuna.Study:
    study = optuna.create_study(direction=direction)
    for row in rows:
        value = float(np.nanmean(row))
        study.add_trial(create_trial(value=value, intermediate_values=dict(enumerate(map(float, row)))))
    return study


def verdict(study: optuna.Study, scores: Sequence[float], **options: float) -> bool:
    steps = dict(enumerate(map(float, scores)))
    trial = create_trial(state=TrialState.RUNNING, intermediate_values=steps)
    return PairedPruner(**options).prune(study, trial)  # type: ignore[arg-type]


def rows(seed: int = 0, n: int = 8) -> list[list[float]]:
    rng = np.random.default_rng(seed)
    return [(0.7 + FOLDS + 0.01 * at + 0.004 * rng.normal(size=5)).tolist() for at in range(n)]


def test_the_chance_is_students_with_a_finite_population() -> None:
    reference = Reference(dict.fromkeys(range(5), 0.0), variance=0.04, freedom=4)
    # Two steps: s² = (4 · 0.04 + 2 · 0.01) / 5 = 0.036; d / sqrt(s² (1/2 - 1/5)) = -0.2 / 0.10392 = -1.9245
    assert chance({0: -0.1, 1: -0.3}, reference) == pytest.approx(0.05612, abs=1e-4)
    assert chance({}, reference) == 1
    assert chance(dict.fromkeys(range(5), -9.0), reference) == 1


def test_one_fold_is_enough_against_a_clearly_worse_trial_and_none_against_a_better_one() -> None:
    study = study_of(rows())
    assert verdict(study, [0.60])
    assert not verdict(study, [0.90, 0.65])
    # Its second fold is a hard one for everybody: lower than the first, and still on a par.
    assert not verdict(study, [0.86, 0.66])


def test_the_reference_is_the_keepth_best_and_comes_after_the_startup() -> None:
    study = study_of(rows())
    scores = (0.7 + FOLDS + 0.03)[:3]
    assert verdict(study, scores, keep=1)
    assert not verdict(study, scores, keep=8)
    assert not verdict(study, scores, keep=1, n_startup_trials=9)
    assert not verdict(study, [0.1], n_warmup_steps=1)


def test_copies_of_the_best_are_one_trial() -> None:
    best = rows()[-1]
    study = study_of([*rows(), best, best])
    assert not verdict(study, (0.7 + FOLDS + 0.05)[:3], keep=3, alpha=0.05)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.lists(st.floats(-1, 1), min_size=1, max_size=5))
def test_a_loss_is_judged_as_the_score_that_it_is_the_negative_of(seed: int, scores: list[float]) -> None:
    there, back = rows(seed), (-np.array(rows(seed))).tolist()
    answers = verdict(study_of(there), scores), verdict(study_of(back, "minimize"), [-s for s in scores])
    assert answers[0] == answers[1]
    # A trial that is better at every step is never the one to stop.
    if answers[0]:
        assert any(
            score < max(column) for score, column in zip(scores, zip(*there, strict=True), strict=False)
        )


def test_missing_scores_are_left_out() -> None:
    broken = [[math.nan if step == 1 else score for step, score in enumerate(row)] for row in rows()]
    assert verdict(study_of(broken), [0.60, 0.1])
    assert not verdict(study_of(broken), [math.nan])
    assert not verdict(study_of(broken), [0.90, math.inf])
    assert not verdict(study_of([[0.5]] * 9), [0.1])
    silent = optuna.create_study()
    silent.add_trials([create_trial(value=float(at)) for at in range(9)])
    assert not verdict(silent, [3.0])


def test_a_trial_that_completes_later_counts() -> None:
    study = study_of(rows()[:5])
    trial = create_trial(state=TrialState.RUNNING, intermediate_values={0: 0.845})
    pruner = PairedPruner(keep=1)
    assert not pruner.prune(study, trial)
    study.add_trials(study_of(rows(n=14)[5:]).trials)
    assert pruner.prune(study, trial)


@pytest.mark.parametrize("wrong", [{"alpha": 1.5}, {"keep": 0}, {"n_warmup_steps": -1}])
def test_options_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="not"):
        PairedPruner(**wrong)  # type: ignore[arg-type]


def test_the_configuration_says_what_the_class_does() -> None:
    assert vars(build_pruner(PairedConf().__dict__)) == vars(PairedPruner())
