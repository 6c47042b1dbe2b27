"""Record the result of a finished trial in study, limits and log, then pass it to the observer."""

from __future__ import annotations

import logging
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from optuna.trial import FrozenTrial, Trial, TrialState

from cip_exp.sweep.search.outcomes import (
    DUPLICATE,
    ERROR,
    FOLDER,
    STATES,
    JobOutcome,
    TrialEnd,
    finished_trial,
)
from cip_exp.sweep.storage import study_storage

if TYPE_CHECKING:
    from collections.abc import Mapping

    import optuna

    from cip_exp.sweep.search.search_context import SearchContext, StudyJobs


log = logging.getLogger(__name__)
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


class FinishedTrials:
    """Records the finished trials of one study, those of earlier runs included."""

    def __init__(
        self, context: SearchContext, study: optuna.Study, cell: Mapping[str, str], jobs: StudyJobs
    ) -> None:
        self._context = context
        self._study = study
        self._cell = cell
        self._jobs = jobs
        self._not_notified: list[TrialEnd] = []

    def load(self) -> list[TrialEnd]:
        """Count the trials of earlier runs towards the limits; returns them."""
        found = []
        for trial in self._study.get_trials(deepcopy=False, states=FINISHED):
            overrides = self._context.plan.overrides(self._cell, trial.params)
            default = self._jobs.folder(trial.user_attrs.get(DUPLICATE, trial.number))
            given = trial.user_attrs.get(FOLDER)
            folder = default if given is None else f"{self._jobs.sweep_dir}/{given}"
            end = finished_trial(trial, overrides, folder, self._jobs.number(trial.number))
            found.append(end)
            self._context.limits.count_earlier(end.state, end.values)
        return found

    def record(
        self, trial: Trial, overrides: tuple[str, ...], result: JobOutcome, original: int | None = None
    ) -> None:
        """Tell Optuna the result of a trial; `original` is the number of the trial that it duplicates."""
        error = ""
        if result.error is not None:
            error = f"{type(result.error).__name__}: {result.error}"
            trial.set_user_attr(ERROR, error[:2000])
        default = self._jobs.folder(trial.number if original is None else original)
        if result.folder is not None and result.folder != default:
            # Relative, so that a sweep's folder can be moved.
            trial.set_user_attr(FOLDER, os.path.relpath(result.folder, self._jobs.sweep_dir))
        frozen = self._tell(trial, result)
        values = None if frozen.values is None else tuple(frozen.values)
        self._context.limits.count(STATES[result.state], values, result.error)
        shown = "pruned" if result.state is TrialState.PRUNED else error or _shown(values)
        log.info("\t#%d %s : %s", trial.number, " ".join(overrides), shown)
        end = TrialEnd(
            trial.number, STATES[result.state], values, dict(trial.params), overrides, result.folder,
            result.intermediate, original, error, self._jobs.number(trial.number),
        )  # fmt: skip
        self._not_notified.append(end)

    def _tell(self, trial: Trial, result: JobOutcome) -> FrozenTrial:
        try:
            with study_storage.one_write(self._study):
                return self._study.tell(trial, result.values, result.state)
        except RuntimeError as error:
            # The grid sampler calls `Study.stop` when no point is left: Optuna allows it in `optimize` only.
            if "Study.stop" not in str(error):
                raise
            return self._study._storage.get_trial(trial._trial_id)

    def notify_observer(self) -> None:
        """Pass recorded trials to the observer; call it after new trials have started: no worker waits."""
        ends, self._not_notified = self._not_notified, []
        for end in ends if self._context.observer is not None else ():
            facts = {**asdict(end), "params": end.params, "intermediate": dict(end.intermediate)}
            try:
                self._context.observer.on_trial_end(**facts)
            except Exception:
                log.exception("The observer failed on trial %d; the sweep goes on.", end.number)


def _shown(values: tuple[float, ...] | None) -> str:
    return ", ".join(f"{value:.6g}" for value in values or ())
