"""Run one study: an event loop over Optuna's ask and tell.

As soon as a job ends, its result goes to Optuna and the next trial starts: there are no batches.
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from math import prod
from typing import TYPE_CHECKING, Any

from optuna.exceptions import UpdateFinishedTrialError
from optuna.samplers import GridSampler
from optuna.trial import Trial, TrialState

from cip_exp.errors import ConfigError, describe
from cip_exp.sweep.pool.jobs import Done, Job, Reported
from cip_exp.sweep.search.duplicates import Duplicates
from cip_exp.sweep.search.finished_trials import FINISHED, FinishedTrials
from cip_exp.sweep.search.limits import reports_of
from cip_exp.sweep.search.noise_rule import NoiseRule
from cip_exp.sweep.search.outcomes import JobOutcome, RunningTrial, TrialEnd, outcome_of_jobs
from cip_exp.sweep.search.search_context import StudyJobs
from cip_exp.sweep.space import grid_values
from cip_exp.sweep.storage import study_storage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import optuna
    from hydra.core.utils import JobReturn

    from cip_exp.sweep.search.search_context import SearchContext


class Search:
    """A study that this process runs."""

    def __init__(
        self, context: SearchContext, study: optuna.Study, cell: Mapping[str, str], first_job: int
    ) -> None:
        self.context = context
        self.study = study
        self.cell = cell
        self.returns: list[JobReturn] = []
        """Full results, kept only where nothing is searched."""
        self.n_trials = 1 if context.is_grid else context.settings.n_trials
        if isinstance(study.sampler, GridSampler):
            points = prod(len(grid_values(name, kind)) for name, kind in context.plan.space.items())
            self.n_trials = min(self.n_trials, points)
        self._jobs = StudyJobs(context.sweep_dir, first_job, context.plan.jobs_per_trial)
        self._owner = study_storage.this_process()
        self._running: dict[int, RunningTrial] = {}
        """By job number; a trial with several jobs is there once for each."""
        self._duplicates = Duplicates(study, context.settings.deduplicate)
        self._finished = FinishedTrials(context, study, cell, self._jobs)
        self._n_objectives = len(context.settings.directions)
        self._noise = NoiseRule(None if context.is_grid else context.settings.stop_below_noise)

    def load(self) -> list[TrialEnd]:
        """Take over the results of earlier runs; returns their trials."""
        finished = self._finished.load()
        self._duplicates.load(finished)
        return finished

    def run(self) -> None:
        """Ask, run and tell until the budget is spent or a limit is reached; running trials are finished.

        An exception stops the running trials and puts them back in the study's queue.
        """
        limits = self.context.limits
        try:
            while True:
                while self._may_ask():
                    self._ask()
                study_storage.sync(self.study)
                self._sample_ahead()
                self._finished.notify_observer()
                if not self._running:
                    break
                for done in self.context.executor.wait(self._on_report):
                    self._finish_job(done)
            limits.raise_if_given_up()
        except BaseException:
            self.context.executor.abandon()
            for running in set(self._running.values()):
                for trial in (running.trial, *running.duplicates):
                    # The trial may be finished already while its job is still listed as running.
                    with suppress(UpdateFinishedTrialError):
                        study_storage.release(self.study, trial._trial_id)
            self._running.clear()
            self._finished.notify_observer()
            raise

    def _may_ask(self) -> bool:
        settings, limits = self.context.settings, self.context.limits
        if limits.reached() or self.context.executor.free() < 1:
            return False
        if len(set(self._running.values())) >= settings.n_jobs:
            return False
        # Other processes may run trials of the same study: only the storage has the number of all of them.
        begun = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING, *FINISHED))
        if len(begun) >= self.n_trials or self._noise.reached(self.study):
            return False
        return settings.n_reports is None or reports_of(begun) < settings.n_reports

    def _ask(self) -> None:
        # A user's own search space may be slow, or read the study's storage itself: no lock is held then.
        own_space = self.context.extend is not None
        with nullcontext() if own_space else study_storage.one_write(self.study):
            trial = self.study.ask()
            try:
                study_storage.claim(self.study, trial._trial_id, self._owner)
                params = self._params(trial)
                overrides = self.context.plan.overrides(self.cell, params)
            except BaseException:
                study_storage.release(self.study, trial._trial_id)
                raise
        known = self._duplicates.find(overrides)
        if isinstance(known, JobOutcome):
            self._record_duplicate(trial, overrides, known)
        elif known is not None:
            known.duplicates.append(trial)
        else:
            self._submit(trial, params, overrides)

    def _params(self, trial: Trial) -> dict[str, Any]:
        for name, kind in self.context.plan.space.items():
            trial._suggest(name, kind)
        if self.context.extend is not None:
            self.context.extend(self.context.config, trial)
        overlap = sorted(trial.params.keys() & {*self.context.plan.fixed, *self.cell})
        if overlap:
            what = f"{', '.join(overlap)} is both fixed and searched."
            allowed = "a key on one side only"
            raise ConfigError(describe(what, "hydra.sweeper.custom_search_space", allowed))
        return dict(trial.params)

    def _submit(
        self, trial: Trial, params: Mapping[str, Any], overrides: tuple[str, ...],
        duplicates: Sequence[Trial] = (),
    ) -> None:  # fmt: skip
        plan, settings = self.context.plan, self.context.settings
        first = self._jobs.number(trial.number)
        running = RunningTrial(trial, overrides, first, plan.jobs_per_trial, duplicates=list(duplicates))
        self._duplicates.start(running)
        for replicate in range(plan.jobs_per_trial):
            job = plan.overrides(self.cell, params, replicate)
            self._running[first + replicate] = running
            self.context.executor.submit(
                Job(first + replicate, job, settings.prunes, not self.context.is_grid)
            )

    def _sample_ahead(self) -> None:
        """Let the sampler prepare the next trial while the workers are busy."""
        sample_ahead = getattr(self.study.sampler, "sample_ahead", None)
        if sample_ahead is None or not self._running or self.context.extend is not None:
            return
        next_to_end = min(self._running.values(), key=lambda running: running.trial.number)
        if max(running.trial.number for running in self._running.values()) + 1 < self.n_trials:
            frozen = self.study._storage.get_trial(next_to_end.trial._trial_id)
            sample_ahead(self.study, frozen, self.context.plan.space)

    def _on_report(self, report: Reported) -> bool:
        """Store an intermediate value; True stops the trial."""
        running = self._running.get(report.number)
        if running is None:
            return False
        # Replicates in jobs of their own share a trial: their steps interleave, so that none hides another.
        step = report.step * running.jobs + report.number - running.first_job
        running.intermediate[step] = report.value
        trial_id = running.trial._trial_id
        self.study._storage.set_trial_intermediate_value(trial_id, step, report.value)
        if self.context.settings.prunes and not running.stopped:
            frozen = self.study._storage.get_trial(trial_id)
            running.stopped = self.study.pruner.prune(self.study, frozen)
        return running.stopped

    def _finish_job(self, done: Done) -> None:
        running = self._running.get(done.number)
        if running is None:
            return
        running.done.append(done)
        if self.context.is_grid:
            self.returns.append(done.result)
        if running.complete:
            self._finish_trial(running)

    def _finish_trial(self, running: RunningTrial) -> None:
        result = outcome_of_jobs(running, self._n_objectives)
        self._finished.record(running.trial, running.overrides, result)
        for job in range(running.first_job, running.first_job + running.jobs):
            del self._running[job]
        self._duplicates.finish(running, result)
        waiting = running.duplicates
        if result.state is not TrialState.FAIL:
            for trial in waiting:
                self._record_duplicate(trial, running.overrides, result)
        elif waiting:
            # The failure may have been the worker's, so it is not copied: the next duplicate runs.
            self._submit(waiting[0], waiting[0].params, running.overrides, waiting[1:])

    def _record_duplicate(self, trial: Trial, overrides: tuple[str, ...], original: JobOutcome) -> None:
        result = self._duplicates.copy_result(trial, original)
        self._finished.record(trial, overrides, result, original.number)
