"""The paired pruner: its probability, and decisions with direction, duplicates and missing scores."""

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
"""What each fold adds to a score: much more than the difference between trials."""


def study_of(rows: Sequence[Sequence[float]], direction: str = "maximize") -> optuna.Study:
    study = optuna.create_study(direction=direction)
    for row in rows:
        value = float(np.nanmean(row))
        study.add_trial(create_trial(value=value, intermediate_values=dict(enumerate(map(float, row)))))
    return study


def is_stopped(study: optuna.Study, scores: Sequence[float], **options: float) -> bool:
    steps = dict(enumerate(map(float, scores)))
    trial = create_trial(state=TrialState.RUNNING, intermediate_values=steps)
    return PairedPruner(**options).prune(study, trial)  # type: ignore[arg-type]


def rows(seed: int = 0, n: int = 8) -> list[list[float]]:
    rng = np.random.default_rng(seed)
    return [(0.7 + FOLDS + 0.01 * at + 0.004 * rng.normal(size=5)).tolist() for at in range(n)]


def test_the_probability_is_students_with_a_finite_population() -> None:
    reference = Reference(dict.fromkeys(range(5), 0.0), variance=0.04, freedom=4)
    # Two steps: s² = (4 · 0.04 + 2 · 0.01) / 5 = 0.036; d / sqrt(s² (1/2 - 1/5)) = -0.2 / 0.10392 = -1.9245
    assert chance({0: -0.1, 1: -0.3}, reference) == pytest.approx(0.05612, abs=1e-4)
    assert chance({}, reference) == 1
    assert chance(dict.fromkeys(range(5), -9.0), reference) == 1


def test_one_fold_stops_a_clearly_worse_trial_and_no_better_one() -> None:
    study = study_of(rows())
    assert is_stopped(study, [0.60])
    assert not is_stopped(study, [0.90, 0.65])
    # The second fold is lower for all trials: this one is as good as the reference there.
    assert not is_stopped(study, [0.86, 0.66])


def test_the_reference_is_the_keepth_best_after_the_startup_trials() -> None:
    study = study_of(rows())
    scores = (0.7 + FOLDS + 0.03)[:3]
    assert is_stopped(study, scores, keep=1)
    assert not is_stopped(study, scores, keep=8)
    assert not is_stopped(study, scores, keep=1, n_startup_trials=9)
    assert not is_stopped(study, [0.1], n_warmup_steps=1)


def test_duplicates_of_the_best_count_as_one_trial() -> None:
    best = rows()[-1]
    study = study_of([*rows(), best, best])
    assert not is_stopped(study, (0.7 + FOLDS + 0.05)[:3], keep=3, alpha=0.05)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.lists(st.floats(-1, 1), min_size=1, max_size=5))
def test_a_loss_is_treated_as_its_negative_score(seed: int, scores: list[float]) -> None:
    scores_of, losses_of = rows(seed), (-np.array(rows(seed))).tolist()
    decisions = (
        is_stopped(study_of(scores_of), scores),
        is_stopped(study_of(losses_of, "minimize"), [-s for s in scores]),
    )
    assert decisions[0] == decisions[1]
    # A trial that is better at every step is never stopped.
    if decisions[0]:
        assert any(
            score < max(column) for score, column in zip(scores, zip(*scores_of, strict=True), strict=False)
        )


def test_missing_scores_are_ignored() -> None:
    with_missing = [[math.nan if step == 1 else score for step, score in enumerate(row)] for row in rows()]
    assert is_stopped(study_of(with_missing), [0.60, 0.1])
    assert not is_stopped(study_of(with_missing), [math.nan])
    assert not is_stopped(study_of(with_missing), [0.90, math.inf])
    assert not is_stopped(study_of([[0.5]] * 9), [0.1])
    without_reports = optuna.create_study()
    without_reports.add_trials([create_trial(value=float(at)) for at in range(9)])
    assert not is_stopped(without_reports, [3.0])


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


def test_the_configuration_has_the_defaults_of_the_class() -> None:
    assert vars(build_pruner(PairedConf().__dict__)) == vars(PairedPruner())
