"""The baselines of a sweep: scored once for each set of folds in a forked process, compared with models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.records.grouping import overrides_of
from cip_exp.runtime import ForkedCall
from cip_exp.selection.baseline_comparison import compare_with_baselines
from cip_exp.selection.winner import question_axes
from cip_exp.trial.score_baselines import fold_key, score_baselines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cip_exp.config.settings import Settings
    from cip_exp.records.baseline_scores import BaselineScores, ComparedModel
    from cip_exp.records.sweep_context import SweepContext
    from cip_exp.records.trial import Trial

    Key = tuple[str, ...]
    Scores = dict[Key, tuple[BaselineScores, ...]]


class SweepBaselines:
    """Scores the baselines on the folds of trials, and compares configurations with them."""

    def __init__(self, sweep: SweepContext, compose: Callable[[Sequence[str]], Settings]) -> None:
        self._sweep = sweep
        self._compose = compose
        self._scores: Scores = {}
        self._running: list[ForkedCall[Scores]] = []

    def start(self, trials: Sequence[Trial]) -> None:
        """Begin to score the baselines on the folds of complete trials, beside the work that follows."""
        first: dict[Key, Trial] = {}
        for trial in trials:
            if trial.state == "complete" and trial.task != "segments":
                first.setdefault(fold_key(trial), trial)
        new = {key: trial for key, trial in first.items() if key not in self._scores}
        if new:
            self._running.append(ForkedCall(lambda: self._score(new)))

    def scores(self, trial: Trial) -> tuple[BaselineScores, ...]:
        """Return the baselines on the folds of a trial; none where they were not started for it."""
        while self._running:
            self._scores |= self._running.pop().result()
        return self._scores.get(fold_key(trial), ())

    def compare(self, members: Sequence[Trial], shown: Trial | None = None) -> ComparedModel | None:
        """Compare a configuration with the baselines on the folds of its trials.

        `shown` is a trial with the overrides as the user gave them, where the members have others.
        """
        asked = question_axes(self._sweep)
        given = overrides_of(shown or members[0])
        values = {axis: given.get(axis.lstrip("+"), "") for axis in self._sweep.axes}
        question = " ".join(f"{axis}={value}" for axis, value in values.items() if axis in asked)
        rest = {axis: value for axis, value in values.items() if axis not in asked and axis != "model"}
        setting = " ".join(f"{axis}={value}" for axis, value in rest.items())
        scored = [self.scores(each) for each in members]
        return compare_with_baselines(members, scored, setting, question)

    def _score(self, first: dict[Key, Trial]) -> Scores:
        return {key: score_baselines(self._compose(trial.overrides)) for key, trial in first.items()}
