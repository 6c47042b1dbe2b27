"""Optuna's TPE, with the same points to the last bit, at a cost that hardly grows with the search.

For each hyperparameter of each trial Optuna sorts all trials again, converts all their parameters again, and
weighs each of its 24 candidates even where they are equal. Here finished trials are kept as arrays, divided
once a trial, and equal candidates are weighed once. All else is Optuna's own code: its estimators, its random
stream, its choice. The algorithm: Bergstra et al. (2011), as Watanabe (2023) describes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.samplers._tpe import sampler as stock
from optuna.study import StudyDirection
from optuna.trial import TrialState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from optuna.distributions import BaseDistribution
    from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator
    from optuna.trial import FrozenTrial

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]
    Space = dict[str, BaseDistribution]


_SCORED = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True, eq=False)
class _Side:
    """Good trials, or the others."""

    finished: Numbers
    """Their numbers, ascending."""
    running: Sequence[FrozenTrial] = ()

    def numbers(self) -> Numbers:
        """Return the numbers of all, ascending: what the estimator of this side depends on."""
        running = np.array([trial.number for trial in self.running], dtype=np.int64)
        return np.sort(np.concatenate([self.finished, running]))


@dataclass(frozen=True, eq=False)
class _Division:
    """Trials as one that is being asked sees them."""

    below: _Side
    above: _Side

    def equals(self, other: _Division) -> bool:
        """Tell whether both lead to the same estimators."""
        return np.array_equal(self.below.numbers(), other.below.numbers()) and np.array_equal(
            self.above.numbers(), other.above.numbers()
        )


@dataclass(frozen=True, eq=False)
class _Thought:
    """One hyperparameter's value, drawn before it was asked for."""

    kind: BaseDistribution
    before: Any
    """The random stream's state that it was drawn from."""
    value: Any
    after: Any


class TPESampler(optuna.samplers.TPESampler):
    """`optuna.samplers.TPESampler`, faster; for one study, asked by one thread."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._history = _History()
        self._division: tuple[int, _Division] | None = None
        """Of the trial with that id."""
        self._expected: _Division | None = None
        self._thoughts: dict[str, _Thought] = {}
        """What follows if trials come to be divided as expected."""

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Forget how trials were divided for the last one."""
        self._division = None
        super().before_trial(study, trial)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return a value for one hyperparameter, in its external form."""
        if self._divided(trial) is None or self._warn_independent_sampling:
            # Where there are enough trials, it comes back to `_sample`.
            return super().sample_independent(study, trial, param_name, param_distribution)
        return self._sample(study, trial, {param_name: param_distribution})[param_name]

    def think_ahead(self, study: optuna.Study, running: FrozenTrial, space: Space) -> None:
        """Sample for the next trial now, while `running` runs, as if that will not be among the good ones.

        Nine in ten are not, and it does not matter then how bad they are: the next trial finds its point
        here. Where it is one of the good, fails, or whatever else is not as expected, nothing of this counts.
        Does nothing for a multivariate sampler, for several objectives and before there are enough trials.
        """
        self._expected = None
        together = self._is_multivariate(study) or len(study.directions) > 1
        if together or len(self._history) < self._n_startup_trials:
            return
        division = self._divide(study, None, running)
        stream = self._rng.rng
        begun = stream.get_state()
        self._thoughts = {}
        for name, kind in space.items():
            if not kind.single():
                before = stream.get_state()
                value = self._drawn(study, division, {name: kind})[name]
                self._thoughts[name] = _Thought(kind, before, value, stream.get_state())
        stream.set_state(begun)
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
            thought = self._thoughts.get(name)
            if thought and thought.kind == kind and _same(thought.before, self._rng.rng.get_state()):
                self._rng.rng.set_state(thought.after)
                return {name: thought.value}
        return self._drawn(study, division, search_space)

    def _drawn(self, study: optuna.Study, division: _Division, space: Space) -> dict[str, Any]:
        sides: Any = (division.below, division.above)  # Optuna's own takes lists of trials
        below = self._build_parzen_estimator(study, space, sides[0], handle_below=True)
        above = self._build_parzen_estimator(study, space, sides[1], handle_below=False)
        candidates = below.sample(self._rng.rng, self._n_ei_candidates)
        best = self._compare(candidates, self._compute_acquisition_func(candidates, below, above))
        return {name: kind.to_external_repr(best[name]) for name, kind in space.items()}

    def _divide(
        self, study: optuna.Study, asked: FrozenTrial | None, expected: FrozenTrial | None = None
    ) -> _Division:
        """Divide the trials that `asked` sees; `expected` runs, and is taken as finished and not good."""
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
        """Return one side's values by hyperparameter, in the order of trials that have all of them."""
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
        """Weigh each different candidate once: what one comes to depends on no other."""
        if len(samples) == 1:
            ((name, drawn),) = samples.items()
            different, at = np.unique(drawn, return_inverse=True)
            if len(different) < len(drawn):
                return super()._compute_acquisition_func({name: different}, mpe_below, mpe_above)[at]
        return super()._compute_acquisition_func(samples, mpe_below, mpe_above)


class _History:
    """The finished trials of one study, which never change, as arrays by their numbers."""

    def __init__(self) -> None:
        self._trials: list[FrozenTrial] = []
        """In the order in which they were seen."""
        self._seen: set[int] = set()
        self._score = np.empty(0)
        """Of complete trials; NaN for others."""
        self._pruned: dict[int, tuple[float, float]] = {}
        """What Optuna sorts pruned trials by."""
        self._plain = True
        """False once there is a trial that is not ranked by one number alone."""
        self._columns: dict[str, _Column] = {}
        self._expected: FrozenTrial | None = None

    def __len__(self) -> int:
        return len(self._trials)

    def expect(self, running: FrozenTrial) -> None:
        """Take a trial's values before it is finished: they do not change any more."""
        self._expected = running

    def divided(
        self, study: optuna.Study, finished: list[FrozenTrial], n_below: int
    ) -> tuple[Numbers, Numbers]:
        """Return the numbers of the good trials and of the others, each ascending."""
        self._take(study, finished)
        if not self._plain:
            below, above = stock._split_trials(study, finished, n_below)
            return _numbers(below), _numbers(above)
        numbers = _numbers(finished)
        score = self._score[numbers]
        complete = ~np.isnan(score)
        sign = 1.0 if study.direction is StudyDirection.MINIMIZE else -1.0
        ranked = numbers[complete][np.argsort(sign * score[complete], kind="stable")]
        pruned = sorted(numbers[~complete].tolist(), key=self._pruned.__getitem__)
        ranked = np.concatenate([ranked, np.array(pruned, dtype=np.int64)])
        return np.sort(ranked[:n_below]), np.sort(ranked[n_below:])

    def _take(self, study: optuna.Study, finished: list[FrozenTrial]) -> None:
        for trial in [trial for trial in finished if trial.number not in self._seen]:
            self._trials.append(trial)
            self._seen.add(trial.number)
            self._score = _with_room(self._score, trial.number)
            if len(study.directions) > 1 or stock._get_infeasible_trial_score(trial) > 0:
                self._plain = False
            elif trial.state is TrialState.COMPLETE:
                self._score[trial.number] = trial.value
                self._plain &= not np.isnan(self._score[trial.number])
            else:
                self._pruned[trial.number] = stock._get_pruned_trial_score(trial, study)

    def values(self, numbers: Numbers, space: Space) -> tuple[Numbers, dict[str, Floats]]:
        """Return those of the numbers whose trials have all of the space's parameters, and their values."""
        columns = {name: self._column(name, kind)[numbers] for name, kind in space.items()}
        given = np.ones(len(numbers), dtype=bool)
        for column in columns.values():
            given &= ~np.isnan(column)
        return numbers[given], {name: column[given] for name, column in columns.items()}

    def _column(self, name: str, kind: BaseDistribution) -> Floats:
        column = self._columns.get(name)
        if column is None or column.kind != kind:
            column = self._columns[name] = _Column(kind)
        expected = [] if self._expected is None else [self._expected]
        for trial in [*self._trials[column.n_trials :], *expected]:
            column.values = _with_room(column.values, trial.number)
            if name in trial.params:
                column.values[trial.number] = kind.to_internal_repr(trial.params[name])
        column.n_trials = len(self._trials)
        return column.values


@dataclass
class _Column:
    """One hyperparameter's values in the form that Optuna computes with."""

    kind: BaseDistribution
    values: Floats = field(default_factory=lambda: np.empty(0))
    """By the trial's number; NaN where it has none."""
    n_trials: int = 0
    """How many have been looked at."""


def _same(one: Any, other: Any) -> bool:
    """Tell whether two states of a random stream are equal."""
    return one[0] == other[0] and one[2:] == other[2:] and np.array_equal(one[1], other[1])


def _numbers(trials: Sequence[FrozenTrial]) -> Numbers:
    return np.array([trial.number for trial in trials], dtype=np.int64)


def _with_room(values: Floats, number: int) -> Floats:
    """Return the array, longer where there is no place for a trial of that number."""
    if number < len(values):
        return values
    return np.concatenate([values, np.full(number + 64, np.nan)])
