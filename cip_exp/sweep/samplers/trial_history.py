"""The finished trials of a study as arrays, for `cip_exp.sweep.samplers.tpe`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.samplers._tpe import sampler as stock
from optuna.study import StudyDirection
from optuna.trial import TrialState

if TYPE_CHECKING:
    from collections.abc import Sequence

    import optuna
    from optuna.trial import FrozenTrial


Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Space = dict[str, BaseDistribution]


class TrialHistory:
    """The finished trials of one study as arrays, by the number of the trial.

    Finished trials never change, so that each is converted once.
    """

    def __init__(self) -> None:
        self._trials: list[FrozenTrial] = []
        """In the order in which they were added."""
        self._added: set[int] = set()
        self._score = np.empty(0)
        """Of complete trials; NaN for all others."""
        self._pruned: dict[int, tuple[float, float]] = {}
        """The key by which Optuna sorts pruned trials."""
        self._one_score = True
        """False once a trial is not ranked by a single number: Optuna's own code divides the trials then."""
        self._columns: dict[str, _Column] = {}
        self._expected: FrozenTrial | None = None

    def __len__(self) -> int:
        return len(self._trials)

    def expect(self, running: FrozenTrial) -> None:
        """Add the parameters of a trial that still runs: they do not change any more."""
        self._expected = running

    def divided(
        self, study: optuna.Study, finished: list[FrozenTrial], n_below: int
    ) -> tuple[Numbers, Numbers]:
        """Return the numbers of the `n_below` best trials and of the others, each ascending."""
        self._add(study, finished)
        if not self._one_score:
            below, above = stock._split_trials(study, finished, n_below)
            return numbers_of(below), numbers_of(above)
        numbers = numbers_of(finished)
        score = self._score[numbers]
        complete = ~np.isnan(score)
        sign = 1.0 if study.direction is StudyDirection.MINIMIZE else -1.0
        ranked = numbers[complete][np.argsort(sign * score[complete], kind="stable")]
        pruned = sorted(numbers[~complete].tolist(), key=self._pruned.__getitem__)
        ranked = np.concatenate([ranked, np.array(pruned, dtype=np.int64)])
        return np.sort(ranked[:n_below]), np.sort(ranked[n_below:])

    def _add(self, study: optuna.Study, finished: list[FrozenTrial]) -> None:
        for trial in [trial for trial in finished if trial.number not in self._added]:
            self._trials.append(trial)
            self._added.add(trial.number)
            self._score = _grown_to_hold(self._score, trial.number)
            if len(study.directions) > 1 or stock._get_infeasible_trial_score(trial) > 0:
                self._one_score = False
            elif trial.state is TrialState.COMPLETE:
                self._score[trial.number] = trial.value
                self._one_score &= not np.isnan(self._score[trial.number])
            else:
                self._pruned[trial.number] = stock._get_pruned_trial_score(trial, study)

    def values(self, numbers: Numbers, space: Space) -> tuple[Numbers, dict[str, Floats]]:
        """Return the numbers of trials that have all parameters of the space, and the values by parameter."""
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
            column.values = _grown_to_hold(column.values, trial.number)
            if name in trial.params:
                column.values[trial.number] = kind.to_internal_repr(trial.params[name])
        column.n_trials = len(self._trials)
        return column.values


@dataclass
class _Column:
    """The values of one hyperparameter in Optuna's internal form."""

    kind: BaseDistribution
    values: Floats = field(default_factory=lambda: np.empty(0))
    """By the number of the trial; NaN where it does not have the parameter."""
    n_trials: int = 0
    """How many trials of the history have been converted."""


def numbers_of(trials: Sequence[FrozenTrial]) -> Numbers:
    """Return the numbers of trials, in their order."""
    return np.array([trial.number for trial in trials], dtype=np.int64)


def _grown_to_hold(values: Floats, number: int) -> Floats:
    """Return the array, made longer where it has no place for a trial of that number."""
    if number < len(values):
        return values
    return np.concatenate([values, np.full(number + 64, np.nan)])
