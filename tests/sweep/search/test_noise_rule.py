"""The rule `stop_below_noise`: the noise of the incumbent's score against the remaining regret."""

from __future__ import annotations

import math

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import create_trial

from cip_exp.sweep.search.noise_rule import NoiseRule, encode_point, noise_of, random_points

SPACE = {
    "depth": IntDistribution(2, 12),
    "kind": CategoricalDistribution(("a", None, 0.5)),
    "rate": FloatDistribution(1e-4, 1.0, log=True),
}


def study_of(n: int, noise: float, direction: str = "minimize") -> optuna.Study:
    """Return a search of (x - 0.3)², whose folds differ by `noise`."""
    study = optuna.create_study(direction=direction)
    sign = 1 if direction == "minimize" else -1
    for x in np.random.default_rng(0).uniform(size=n):
        value = sign * (float(x) - 0.3) ** 2
        folds = {step: value + noise * (step - 2) for step in range(5)}
        kind = {"x": FloatDistribution(0, 1)}
        study.add_trial(
            create_trial(params={"x": float(x)}, distributions=kind, value=value, intermediate_values=folds)
        )
    return study


def test_points_are_scaled_logged_and_one_hot() -> None:
    assert encode_point({"depth": 7, "kind": None, "rate": 0.01}, SPACE) == [0.5, 0, 1, 0, pytest.approx(0.5)]
    drawn = random_points(SPACE)
    assert drawn.shape[1] == 5
    assert (drawn[:, 1:4].sum(axis=1) == 1).all()
    assert drawn.min() >= 0
    assert drawn.max() <= 1


def test_the_noise_of_a_mean_over_folds() -> None:
    assert noise_of([1.0, 2.0, 3.0]) == pytest.approx(math.sqrt(1 / 3 + 1 / 2))
    assert noise_of([1.0]) is None
    assert noise_of([1.0, 1.0]) is None
    assert noise_of([1.0, math.nan]) is None


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_a_smooth_curve_ends_the_search_only_with_noisy_folds(direction: str) -> None:
    assert NoiseRule(10).reached(study_of(15, 0.2, direction))
    assert not NoiseRule(10).reached(study_of(15, 1e-7, direction))


def test_the_rule_needs_enough_trials_and_reports() -> None:
    noisy = study_of(15, 0.2)
    assert not NoiseRule(None).reached(noisy)
    assert not NoiseRule(16).reached(noisy)
    silent = optuna.create_study()
    silent.add_trials(
        [create_trial(params=t.params, distributions=t.distributions, value=t.value) for t in noisy.trials]
    )
    assert not NoiseRule(10).reached(silent)
