"""The sampler gives Optuna's own points, bit by bit."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from cip_exp.sweep.samplers.tpe import TPESampler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optuna.distributions import BaseDistribution

SPACE: dict[str, BaseDistribution] = {
    "depth": IntDistribution(2, 12),
    "trees": IntDistribution(25, 200, step=25),
    "leaf": IntDistribution(1, 64, log=True),
    "rate": FloatDistribution(1e-4, 1.0, log=True),
    "share": FloatDistribution(0.1, 0.9),
    "grid": FloatDistribution(0.0, 1.0, step=0.25),
    "features": CategoricalDistribution(("sqrt", 0.5, None)),
    "one": CategoricalDistribution(("only",)),
}
ENDS = (TrialState.COMPLETE,) * 7 + (TrialState.PRUNED, TrialState.PRUNED, TrialState.FAIL)

options = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 9),
        "n_startup_trials": st.integers(1, 6),
        "constant_liar": st.booleans(),
        "multivariate": st.sampled_from((False, False, False, True)),
    }
)


def search(
    sampler: Any, names: Sequence[str], draws: int, workers: int, *,
    directions: Sequence[Literal["maximize", "minimize"]] = ("maximize",), ahead: bool = False,
    constrained: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    """Ask and tell as several workers do, some trials without one parameter; return all points."""
    chance = np.random.default_rng(draws)
    study = optuna.create_study(sampler=sampler, directions=list(directions))
    running: list[optuna.trial.Trial] = []
    for number in range(45):
        trial = study.ask()
        for name in names if chance.random() < 0.9 else names[:-1]:
            trial._suggest(name, SPACE[name])
        running.append(trial)
        if ahead:
            frozen = study._storage.get_trial(running[0]._trial_id)
            sampler.sample_ahead(study, frozen, {name: SPACE[name] for name in names})
        if len(running) == workers or number > 40:
            end(study, running.pop(int(chance.integers(len(running)))), chance, constrained)
    return [trial.params for trial in study.trials]


def end(
    study: optuna.Study, trial: optuna.trial.Trial, chance: np.random.Generator, constrained: bool
) -> None:
    """End a trial in a random state, with scores that are sometimes equal."""
    state = ENDS[int(chance.integers(len(ENDS)))]
    if state is TrialState.PRUNED and len(study.directions) == 1:
        for step in range(int(chance.integers(3))):
            trial.report(float(chance.choice((0.5, np.nan, 0.25))), step)
    if constrained and chance.random() < 0.3:
        trial.set_constraint("size", float(chance.normal()))
    values = [float(value) for value in chance.integers(0, 12, size=len(study.directions)) / 8]
    study.tell(trial, values if state is TrialState.COMPLETE else None, state)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    options=options,
    names=st.lists(st.sampled_from(sorted(SPACE)), min_size=1, max_size=5, unique=True),
    draws=st.integers(0, 999),
    workers=st.integers(1, 3),
    directions=st.sampled_from((("maximize",), ("minimize",), ("maximize", "minimize"))),
    ahead=st.booleans(),
    constrained=st.sampled_from((False, False, True)),
)
def test_all_points_are_optunas(
    options: dict[str, Any], names: list[str], draws: int, workers: int, directions: tuple[str, ...],
    ahead: bool, constrained: bool,
) -> None:  # fmt: skip
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    how: dict[str, Any] = {"directions": directions, "constrained": constrained}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stock = search(optuna.samplers.TPESampler(**options), names, draws, workers, **how)
        own = search(TPESampler(**options), names, draws, workers, ahead=ahead, **how)
    assert own == stock


def test_values_sampled_ahead_are_used() -> None:
    """Otherwise the next trial would wait for its sampling; about eight of ten are as expected."""
    drawn = []

    class Counting(TPESampler):
        def _draw(self, *args: Any) -> dict[str, Any]:
            drawn.append(self._division is not None and self._division[0])
            return super()._draw(*args)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = Counting(seed=0, multivariate=False, constant_liar=False)
    study = optuna.create_study(sampler=sampler, direction="maximize")
    chance = np.random.default_rng(0)
    asked = []
    for _ in range(60):
        trial = study.ask()
        before = len(drawn)
        depth = trial._suggest("depth", SPACE["depth"])
        asked.append(len(drawn) > before)
        sampler.sample_ahead(study, study._storage.get_trial(trial._trial_id), {"depth": SPACE["depth"]})
        study.tell(trial, -abs(depth - 5) + float(chance.random()))
    assert sum(asked[12:]) < 0.4 * len(asked[12:])
