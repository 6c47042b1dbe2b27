"""The `stop_below_noise` rule: a search ends when it can gain less than the noise of its own estimate.

Off by default: it has not been shown to save trials without loss.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.search_space import intersection_search_space
from optuna.study import StudyDirection
from optuna.trial import TrialState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import optuna
    from numpy.typing import NDArray
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

    Array = NDArray[np.float64]


_MOST = 200
"""The surrogate is fitted on so many of the best trials: its cost grows with their cube."""
_CANDIDATES = 1000
_DELTA = 0.1


class NoiseRule:
    """Applies the rule once for each number of complete trials; never with `first` None."""

    def __init__(self, first: int | None) -> None:
        self._first = first
        self._n_complete = 0
        self._reached = False

    def reached(self, study: optuna.Study) -> bool:
        """Return whether the search may end; False before `first` trials are complete."""
        if self._first is None:
            return False
        done = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(done) >= self._first and len(done) != self._n_complete:
            self._n_complete, self._reached = len(done), below_noise(study, done)
        return self._reached


def below_noise(study: optuna.Study, done: Sequence[FrozenTrial]) -> bool:
    """Return whether the remaining regret is below the standard deviation of the incumbent's own score."""
    sign = -1.0 if study.direction is StudyDirection.MAXIMIZE else 1.0
    ranked = sorted((trial for trial in done if math.isfinite(_value(trial))), key=lambda t: sign * _value(t))
    if not ranked:
        return False
    noise = noise_of(list(ranked[0].intermediate_values.values()))
    space = {name: kind for name, kind in intersection_search_space(ranked).items() if not kind.single()}
    if noise is None or not space:
        return False
    best = ranked[:_MOST]
    points = np.array([encode_point(trial.params, space) for trial in best])
    losses = np.array([sign * _value(trial) for trial in best])
    return regret_bound(points, losses, random_points(space), len(space)) < noise


def noise_of(scores: Sequence[float]) -> float | None:
    """Return the standard deviation of a mean over folds; None for fewer than two folds or a deviation of 0.

    Variance times 1/k + 1/(k - 1): training sets overlap (Nadeau and Bengio 2003, for a test set of 1/k).
    """
    k = len(scores)
    if k < 2 or not np.isfinite(scores).all():
        return None
    return math.sqrt(float(np.var(scores, ddof=1)) * (1 / k + 1 / (k - 1))) or None


def encode_point(params: Mapping[str, Any], space: Mapping[str, BaseDistribution]) -> list[float]:
    """Return a point of the unit cube: numbers scaled (their logs on a log scale), categories one-hot."""
    found: list[float] = []
    for name, kind in space.items():
        if isinstance(kind, CategoricalDistribution):
            found += np.eye(len(kind.choices))[int(kind.to_internal_repr(params[name]))].tolist()
        elif isinstance(kind, IntDistribution | FloatDistribution):
            low, high, value = (
                math.log(x) if kind.log else float(x) for x in (kind.low, kind.high, params[name])
            )
            found.append((value - low) / (high - low))
    return found


def random_points(space: Mapping[str, BaseDistribution]) -> Array:
    """Return random points of the space, encoded; the same points in each call."""
    rng = np.random.default_rng(0)
    columns = []
    for kind in space.values():
        if isinstance(kind, CategoricalDistribution):
            columns.append(np.eye(len(kind.choices))[rng.integers(0, len(kind.choices), _CANDIDATES)])
        else:
            columns.append(rng.uniform(size=(_CANDIDATES, 1)))
    return np.hstack(columns)


def regret_bound(points: Array, losses: Array, others: Array, n_params: int) -> float:
    """Return an upper bound on the regret: the loss of the best point tried less the least loss of the space.

    The lowest upper confidence bound of the `points`, less the lowest lower bound of `points` and `others`,
    from a Gaussian process (Makarova et al. 2022). The bounds are sqrt(2/5 · log(d n² π² / 6δ)) standard
    deviations wide, δ = 0.1. Shapes (n, m), (n,) and (any, m).
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    kernel = ConstantKernel() * Matern(np.ones(points.shape[1]), nu=2.5) + WhiteKernel(1e-2)
    surrogate = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0)
    with warnings.catch_warnings():
        # The length scale of an irrelevant dimension has no bound.
        warnings.simplefilter("ignore", ConvergenceWarning)
        surrogate.fit(points, losses)
        mean, deviation = surrogate.predict(np.vstack([points, others]), return_std=True)
    noise = surrogate.kernel_.k2.noise_level * float(np.var(losses))  # bounds are for the mean function
    deviation = np.sqrt(np.maximum(deviation**2 - noise, 0))
    width = math.sqrt(2 / 5 * math.log(n_params * len(points) ** 2 * math.pi**2 / (6 * _DELTA)))
    return float((mean + width * deviation)[: len(points)].min() - (mean - width * deviation).min())


def _value(trial: FrozenTrial) -> float:
    return float(trial.values[0])
