"""Optuna's TPE with bit-identical points, at a cost that hardly grows with the number of trials.

For each hyperparameter of each trial Optuna sorts all trials again, converts all their parameters again, and
evaluates each of its 24 candidates even where they are equal. Here finished trials are kept as arrays and
divided once a trial, and equal candidates are evaluated once. All else is Optuna's own code: estimators,
random stream, and choice. The algorithm: Bergstra et al. (2011), as described by Watanabe (2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.samplers._tpe import sampler as stock
from optuna.trial import TrialState

from cip_exp.sweep.samplers.trial_history import TrialHistory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from optuna.distributions import BaseDistribution
    from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator
    from optuna.trial import FrozenTrial

    from cip_exp.sweep.samplers.trial_history import Floats, Numbers, Space


_SCORED = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True, eq=False)
class _Side:
    """The good trials, or the other trials."""

    finished: Numbers
    """The numbers of finished trials, ascending."""
    running: Sequence[FrozenTrial] = ()

    def numbers(self) -> Numbers:
        """Return the numbers of all trials, ascending: the estimator of this side depends on nothing else."""
        running = np.array([trial.number for trial in self.running], dtype=np.int64)
        return np.sort(np.concatenate([self.finished, running]))


@dataclass(frozen=True, eq=False)
class _Division:
    """The trials of a study, divided for one new trial."""

    below: _Side
    above: _Side

    def equals(self, other: _Division) -> bool:
        """Return whether both divisions give the same estimators."""
        return np.array_equal(self.below.numbers(), other.below.numbers()) and np.array_equal(
            self.above.numbers(), other.above.numbers()
        )


@dataclass(frozen=True, eq=False)
class _SampledAhead:
    """One hyperparameter's value, sampled before it was needed."""

    kind: BaseDistribution
    before: Any
    """The state of the random stream before the value was drawn."""
    value: Any
    after: Any
    """The state after it."""


class TPESampler(optuna.samplers.TPESampler):
    """A faster `optuna.samplers.TPESampler`, for one study and one thread."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._history = TrialHistory()
        self._division: tuple[int, _Division] | None = None
        """The id of a trial, and its division."""
        self._expected: _Division | None = None
        self._sampled: dict[str, _SampledAhead] = {}
        """Values of the next trial, valid if its division is the expected one."""

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Forget the division of the previous trial."""
        self._division = None
        super().before_trial(study, trial)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return a value of one hyperparameter, in its external form."""
        if self._divided(trial) is None or self._warn_independent_sampling:
            # With enough trials, Optuna's method calls `_sample`.
            return super().sample_independent(study, trial, param_name, param_distribution)
        return self._sample(study, trial, {param_name: param_distribution})[param_name]

    def sample_ahead(self, study: optuna.Study, running: FrozenTrial, space: Space) -> None:
        """Sample the next trial while `running` runs, assuming that `running` will not be a good trial.

        Nine in ten trials are not, and their scores do not matter then: the next trial takes these values.
        If `running` is a good trial or fails, or anything else is not as expected, they are not used. Does
        nothing for a multivariate sampler, for several objectives, or before there are enough trials.
        """
        self._expected = None
        together = self._is_multivariate(study) or len(study.directions) > 1
        if together or len(self._history) < self._n_startup_trials:
            return
        division = self._divide(study, None, running)
        stream = self._rng.rng
        at_start = stream.get_state()
        self._sampled = {}
        for name, kind in space.items():
            if not kind.single():
                before = stream.get_state()
                value = self._draw(study, division, {name: kind})[name]
                self._sampled[name] = _SampledAhead(kind, before, value, stream.get_state())
        stream.set_state(at_start)
        self._expected = division

    def _divided(self, trial: FrozenTrial) -> _Division | None:
        known = self._division
        return known[1] if known is not None and known[0] == trial._trial_id else None

    def _sample(self, study: optuna.Study, trial: FrozenTrial, search_space: Space) -> dict[str, Any]:
        division = self._divided(trial)
        if division is None:
            division = self._divide(study, trial)
            self._division = (trial._trial_id, division)
            if self._expected is not None and not division.equals(self._expected):
                self._expected = None
        if self._expected is not None and len(search_space) == 1:
            ((name, kind),) = search_space.items()
            ahead = self._sampled.get(name)
            if ahead and ahead.kind == kind and _same(ahead.before, self._rng.rng.get_state()):
                self._rng.rng.set_state(ahead.after)
                return {name: ahead.value}
        return self._draw(study, division, search_space)

    def _draw(self, study: optuna.Study, division: _Division, space: Space) -> dict[str, Any]:
        sides: Any = (division.below, division.above)  # Optuna annotates lists of trials
        below = self._build_parzen_estimator(study, space, sides[0], handle_below=True)
        above = self._build_parzen_estimator(study, space, sides[1], handle_below=False)
        candidates = below.sample(self._rng.rng, self._n_ei_candidates)
        best = self._compare(candidates, self._compute_acquisition_func(candidates, below, above))
        return {name: kind.to_external_repr(best[name]) for name, kind in space.items()}

    def _divide(
        self, study: optuna.Study, asked: FrozenTrial | None, expected: FrozenTrial | None = None
    ) -> _Division:
        """Divide the trials for `asked`; `expected` runs, and counts as a finished trial that is not good."""
        states = (*_SCORED, TrialState.RUNNING) if self._constant_liar else _SCORED
        trials = study._get_trials(deepcopy=False, states=states, use_cache=not self._constant_liar)
        finished = [each for each in trials if each.state is not TrialState.RUNNING]
        without = [each.number for each in (asked, expected) if each is not None]
        running = [each for each in trials if each.state is TrialState.RUNNING and each.number not in without]
        if self._gamma is None:
            single = len(study.directions) <= 1
            self._gamma = stock.default_gamma if single else stock.default_gamma_multiobjective
        n_below = self._gamma(len(finished) + (expected is not None))
        below, above = self._history.divided(study, finished, n_below)
        if expected is not None:
            self._history.expect(expected)
            above = np.sort(np.append(above, expected.number))
        return _Division(_Side(below), _Side(above, running))

    def _get_internal_repr(
        self, trials: Any, search_space: Space, study: optuna.Study
    ) -> dict[str, NDArray[Any]]:
        """Return one side's values by hyperparameter, of the trials that have all of them, in their order."""
        numbers, values = self._history.values(trials.finished, search_space)
        for trial in trials.running:
            given = super()._get_internal_repr([trial], search_space, study)
            if all(map(len, given.values())):
                at = int(np.searchsorted(numbers, trial.number))
                numbers = np.insert(numbers, at, trial.number)
                values = {name: np.insert(column, at, given[name]) for name, column in values.items()}
        return values

    def _compute_acquisition_func(
        self, samples: dict[str, NDArray[Any]], mpe_below: _ParzenEstimator, mpe_above: _ParzenEstimator
    ) -> Floats:
        """Evaluate each different candidate once: its value does not depend on the other candidates."""
        if len(samples) == 1:
            ((name, drawn),) = samples.items()
            different, at = np.unique(drawn, return_inverse=True)
            if len(different) < len(drawn):
                return super()._compute_acquisition_func({name: different}, mpe_below, mpe_above)[at]
        return super()._compute_acquisition_func(samples, mpe_below, mpe_above)


def _same(one: Any, other: Any) -> bool:
    """Return whether two states of a random stream are equal."""
    return one[0] == other[0] and one[2:] == other[2:] and np.array_equal(one[1], other[1])
