"""One study, from its first question to its last answer: an event loop over ask and tell.

As soon as a job ends, its trial is told and the next one asked; nobody waits for a batch.
"""

from __future__ import annotations

import logging
import os
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from optuna.exceptions import UpdateFinishedTrialError
from optuna.samplers import GridSampler
from optuna.trial import FrozenTrial, Trial, TrialState

from cip_exp.errors import ConfigError, describe
from cip_exp.sweep.pool.jobs import Done, Job, Reported
from cip_exp.sweep.search.limits import reports_of
from cip_exp.sweep.search.noise_rule import NoiseRule
from cip_exp.sweep.search.outcomes import (
    DUPLICATE,
    ERROR,
    FOLDER,
    STATES,
    JobOutcome,
    Running,
    TrialEnd,
    ended,
    outcome_of_jobs,
)
from cip_exp.sweep.space import grid_values
from cip_exp.sweep.storage import study_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import optuna
    from hydra.core.utils import JobReturn
    from omegaconf import DictConfig

    from cip_exp.sweep.search.executors import Executor
    from cip_exp.sweep.search.limits import Limits
    from cip_exp.sweep.search.plan import StudyPlan
    from cip_exp.sweep.search.study_settings import StudySettings


log = logging.getLogger(__name__)
_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


@dataclass(frozen=True)
class SearchContext:
    """What all studies of a sweep share."""

    settings: StudySettings
    plan: StudyPlan
    config: DictConfig
    executor: Executor
    limits: Limits
    extend: Callable[[DictConfig, Trial], None] | None
    """The user's `custom_search_space`."""
    observer: Any
    sweep_dir: str

    @property
    def plain(self) -> bool:
        """True where nothing is searched: a grid, one trial a cell."""
        return not self.plan.space and self.extend is None


class Search:
    """A study that is being run by this process."""

    def __init__(
        self, scene: SearchContext, study: optuna.Study, cell: Mapping[str, str], first_job: int
    ) -> None:
        self.scene = scene
        self.study = study
        self.cell = cell
        self.first_job = first_job
        self.returns: list[JobReturn] = []
        """Full results, kept only where nothing is searched."""
        self.n_trials = 1 if scene.plain else scene.settings.n_trials
        if isinstance(study.sampler, GridSampler):
            points = prod(len(grid_values(name, kind)) for name, kind in scene.plan.space.items())
            self.n_trials = min(self.n_trials, points)
        self._owner = study_storage.this_process()
        self._running: dict[int, Running] = {}
        """By job number; a trial with several jobs is there once for each."""
        self._known: dict[tuple[str, ...], JobOutcome | Running] = {}
        self._ended: list[TrialEnd] = []
        self._n_objectives = len(scene.settings.directions)
        self._noise = NoiseRule(None if scene.plain else scene.settings.stop_below_noise)

    def run(self) -> None:
        """Ask, run and tell until the budget is spent or a limit is met; running trials are always finished.

        Whatever ends it early puts trials without an answer back in the queue.
        """
        limits = self.scene.limits
        try:
            while True:
                while self._may_ask():
                    self._ask()
                study_storage.settle(self.study)
                self._think_ahead()
                self._tell_observer()
                if not self._running:
                    break
                for done in self.scene.executor.wait(self._judge):
                    self._finish_job(done)
            limits.raise_if_hopeless()
        except BaseException:
            self.scene.executor.abandon()
            for running in set(self._running.values()):
                for trial in (running.trial, *running.duplicates):
                    with suppress(UpdateFinishedTrialError):  # told already, its job just not forgotten yet
                        study_storage.release(self.study, trial._trial_id)
            self._running.clear()
            self._tell_observer()
            raise

    def load(self) -> list[TrialEnd]:
        """Take over what earlier runs found; returns their trials."""
        found = []
        for trial in self.study.get_trials(deepcopy=False, states=_FINISHED):
            overrides = self.scene.plan.overrides(self.cell, trial.params)
            home = self._folder(trial.user_attrs.get(DUPLICATE, trial.number))
            given = trial.user_attrs.get(FOLDER)
            where = home if given is None else f"{self.scene.sweep_dir}/{given}"
            end = ended(trial, overrides, where, self._job_number(trial.number))
            found.append(end)
            values = list(end.values) if end.values is not None else None
            self.scene.limits.seen_before(end.state, values)
            if end.duplicate_of is None and trial.state is not TrialState.FAIL:
                self._known[overrides] = JobOutcome(
                    trial.number, trial.state, values, dict(end.intermediate), end.sweep_dir
                )
        return found

    def _folder(self, number: int) -> str:
        return f"{self.scene.sweep_dir}/{self._job_number(number)}"

    def _job_number(self, trial_number: int) -> int:
        return self.first_job + trial_number * self.scene.plan.jobs_per_trial

    def _may_ask(self) -> bool:
        settings, limits = self.scene.settings, self.scene.limits
        if limits.reached() or self.scene.executor.free() < 1:
            return False
        if len({id(running) for running in self._running.values()}) >= settings.n_jobs:
            return False
        # Other processes may be at work on the same study: its storage alone knows how many there are.
        begun = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING, *_FINISHED))
        if len(begun) >= self.n_trials or self._noise.reached(self.study):
            return False
        return settings.n_reports is None or reports_of(begun) < settings.n_reports

    def _ask(self) -> None:
        # A user's own search space may take its time, or look into the study's storage by itself.
        together = nullcontext() if self.scene.extend is not None else study_storage.together(self.study)
        with together:
            trial = self.study.ask()
            try:
                study_storage.claim(self.study, trial._trial_id, self._owner)
                params = self._params(trial)
                overrides = self.scene.plan.overrides(self.cell, params)
            except BaseException:
                study_storage.release(self.study, trial._trial_id)
                raise
        known = self._known.get(overrides) if self.scene.settings.deduplicate else None
        if isinstance(known, JobOutcome):
            self._answer_duplicate(trial, overrides, known)
        elif known is not None:
            known.duplicates.append(trial)
            self._running[self._job_number(trial.number)] = known
        else:
            self._submit(trial, params, overrides)

    def _think_ahead(self) -> None:
        """Let the sampler prepare its next answer while the workers are busy."""
        think = getattr(self.study.sampler, "think_ahead", None)
        if think is None or not self._running or self.scene.extend is not None:
            return
        next_to_end = min(self._running.values(), key=lambda running: running.trial.number)
        if max(running.trial.number for running in self._running.values()) + 1 < self.n_trials:
            frozen = self.study._storage.get_trial(next_to_end.trial._trial_id)
            think(self.study, frozen, self.scene.plan.space)

    def _params(self, trial: Trial) -> dict[str, Any]:
        for name, kind in self.scene.plan.space.items():
            trial._suggest(name, kind)
        if self.scene.extend is not None:
            self.scene.extend(self.scene.config, trial)
        overlap = sorted(trial.params.keys() & {*self.scene.plan.fixed, *self.cell})
        if overlap:
            what = f"{', '.join(overlap)} is fixed and searched at once."
            allowed = "a key on one side only"
            raise ConfigError(describe(what, "hydra.sweeper.custom_search_space", allowed))
        return dict(trial.params)

    def _submit(self, trial: Trial, params: Mapping[str, Any], overrides: tuple[str, ...]) -> None:
        plan, settings = self.scene.plan, self.scene.settings
        first = self._job_number(trial.number)
        running = Running(trial, overrides, first, plan.jobs_per_trial)
        self._known[overrides] = running
        for replicate in range(plan.jobs_per_trial):
            job = plan.overrides(self.cell, params, replicate)
            self._running[first + replicate] = running
            self.scene.executor.submit(Job(first + replicate, job, settings.prunes, not self.scene.plain))

    def _judge(self, report: Reported) -> bool:
        running = self._running.get(report.number)
        if running is None:
            return False
        # Replicates in jobs of their own share a trial: their steps interleave, so that none hides another.
        step = report.step * running.jobs + report.number - running.first_job
        running.intermediate[step] = report.value
        trial_id = running.trial._trial_id
        self.study._storage.set_trial_intermediate_value(trial_id, step, report.value)
        if self.scene.settings.prunes and not running.stopped:
            frozen = self.study._storage.get_trial(trial_id)
            running.stopped = self.study.pruner.prune(self.study, frozen)
        return running.stopped

    def _finish_job(self, done: Done) -> None:
        running = self._running.get(done.number)
        if running is None:
            return
        running.done.append(done)
        if self.scene.plain:
            self.returns.append(done.result)
        if not running.complete:
            return
        result = outcome_of_jobs(running, self._n_objectives)
        self._tell(running.trial, running.overrides, result)
        again = running.duplicates
        self._forget(running)
        if result.state is TrialState.FAIL:
            del self._known[running.overrides]
            if again:  # a failure may have been the worker's: the next one's turn, not its answer
                self._submit(again[0], again[0].params, running.overrides)
                self._adopt(again[0], again[1:])
            return
        self._known[running.overrides] = result
        for trial in again:
            self._answer_duplicate(trial, running.overrides, result)

    def _adopt(self, trial: Trial, duplicates: list[Trial]) -> None:
        running = self._running[self._job_number(trial.number)]
        running.duplicates = duplicates
        self._running.update({self._job_number(one.number): running for one in duplicates})

    def _forget(self, running: Running) -> None:
        for number in [number for number, one in self._running.items() if one is running]:
            del self._running[number]

    def _answer_duplicate(self, trial: Trial, overrides: tuple[str, ...], known: JobOutcome) -> None:
        trial.set_user_attr(DUPLICATE, known.number)
        for step, value in known.intermediate.items():
            self.study._storage.set_trial_intermediate_value(trial._trial_id, step, value)
        answer = JobOutcome(trial.number, known.state, known.values, known.intermediate, known.folder)
        self._tell(trial, overrides, answer, known.number)

    def _tell(
        self, trial: Trial, overrides: tuple[str, ...], result: JobOutcome, original: int | None = None
    ) -> None:
        error = ""
        if result.error is not None:
            error = f"{type(result.error).__name__}: {result.error}"
            trial.set_user_attr(ERROR, error[:2000])
        folder = result.folder
        home = self._folder(trial.number if original is None else original)
        if folder is not None and folder != home:
            # Relative, so that a sweep's folder can be moved.
            trial.set_user_attr(FOLDER, os.path.relpath(folder, self.scene.sweep_dir))
        told = self._tell_optuna(trial, result)
        values = None if told.values is None else tuple(told.values)
        self.scene.limits.finished(STATES[result.state], told.values, result.error)
        shown = "pruned" if result.state is TrialState.PRUNED else error or _shown(values)
        log.info("\t#%d %s : %s", trial.number, " ".join(overrides), shown)
        end = TrialEnd(
            trial.number, STATES[result.state], values, dict(trial.params), overrides, folder,
            result.intermediate, original, error, self._job_number(trial.number),
        )  # fmt: skip
        self._ended.append(end)

    def _tell_optuna(self, trial: Trial, result: JobOutcome) -> FrozenTrial:
        try:
            with study_storage.together(self.study):
                return self.study.tell(trial, result.values, result.state)
        except RuntimeError as error:
            # The grid sampler calls `Study.stop` when no point is left, which ask-and-tell does not know.
            if "Study.stop" not in str(error):
                raise
            return self.study._storage.get_trial(trial._trial_id)

    def _tell_observer(self) -> None:
        """Pass on what has ended, after new trials have been started: no worker waits for an observer."""
        ended_now, self._ended = self._ended, []
        for end in ended_now if self.scene.observer is not None else ():
            facts = {**asdict(end), "params": end.params, "intermediate": dict(end.intermediate)}
            try:
                self.scene.observer.on_trial_end(**facts)
            except Exception:
                log.exception("The observer failed on trial %d; the sweep goes on.", end.number)


def _shown(values: tuple[float, ...] | None) -> str:
    return ", ".join(f"{value:.6g}" for value in values or ())
