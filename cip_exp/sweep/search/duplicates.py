"""A configuration that is proposed again takes the result of the trial that was scored first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optuna.trial import TrialState

from cip_exp.sweep.search.outcomes import DUPLICATE, STATES, JobOutcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    import optuna

    from cip_exp.sweep.search.outcomes import RunningTrial, TrialEnd


_STATE_OF = {name: state for state, name in STATES.items()}


class Duplicates:
    """The configurations of one study that have a result or are running, by the overrides of their jobs."""

    def __init__(self, study: optuna.Study, enabled: bool) -> None:
        """`enabled`: False runs every trial, also one whose configuration is known."""
        self._study = study
        self._enabled = enabled
        self._known: dict[tuple[str, ...], JobOutcome | RunningTrial] = {}

    def load(self, finished: Iterable[TrialEnd]) -> None:
        """Add the results of earlier runs; failed trials have none."""
        for end in finished:
            if end.duplicate_of is None and end.state != STATES[TrialState.FAIL]:
                values = None if end.values is None else list(end.values)
                self._known[end.overrides] = JobOutcome(
                    end.number, _STATE_OF[end.state], values, dict(end.intermediate), end.sweep_dir
                )

    def find(self, overrides: tuple[str, ...]) -> JobOutcome | RunningTrial | None:
        """Return a configuration's result, or the trial that computes it; None for a new configuration."""
        return self._known.get(overrides) if self._enabled else None

    def start(self, running: RunningTrial) -> None:
        """Add a configuration that is being scored."""
        self._known[running.overrides] = running

    def finish(self, running: RunningTrial, outcome: JobOutcome) -> None:
        """Keep the result of a running trial; a failed configuration counts as new again."""
        if outcome.state is TrialState.FAIL:
            self._known.pop(running.overrides, None)
        else:
            self._known[running.overrides] = outcome

    def copy_result(self, trial: optuna.Trial, original: JobOutcome) -> JobOutcome:
        """Mark a trial as a duplicate, give it the original's reports, and return its result."""
        trial.set_user_attr(DUPLICATE, original.number)
        for step, value in original.intermediate.items():
            self._study._storage.set_trial_intermediate_value(trial._trial_id, step, value)
        return JobOutcome(
            trial.number, original.state, original.values, original.intermediate, original.folder
        )
