"""Records of running and finished trials, and how the return values of jobs become one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Any

import optuna
from hydra.core.utils import JobReturn, JobStatus
from optuna.trial import TrialState

from cip_exp.errors import TrialError
from cip_exp.sweep.channel import Pruned

if TYPE_CHECKING:
    from cip_exp.sweep.pool.jobs import Done


STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
DUPLICATE = "duplicate_of"
ERROR = "error"
FOLDER = "output_dir"


@dataclass(frozen=True)
class StudyInfo:
    """A study as its observer receives it."""

    study_name: str
    index: int
    """Position in the outer grid."""
    overrides: tuple[str, ...]
    """What distinguishes this cell from the others; empty where there is no outer grid."""
    directions: tuple[str, ...]
    n_trials: int
    replicates: tuple[str, ...]
    sweep_dir: str
    storage: str
    resumed: bool
    finished: tuple[TrialEnd, ...] = ()
    """Trials that ended in earlier runs, which an observer may not have received."""


@dataclass(frozen=True)
class TrialEnd:
    """A finished trial as an observer receives it."""

    number: int
    state: str
    """complete, pruned or failed."""
    values: tuple[float, ...] | None
    """Objectives of a complete trial; the last intermediate value of a pruned one, if any."""
    params: Mapping[str, Any]
    overrides: tuple[str, ...]
    sweep_dir: str | None
    """The folder of its job; the original's for a duplicate."""
    intermediate: Mapping[int, float]
    duplicate_of: int | None
    error: str
    job: int = 0
    """The number of its first job."""


@dataclass
class JobOutcome:
    """The result of a configuration, with all that its next duplicate needs."""

    number: int
    state: TrialState
    values: list[float] | None = None
    intermediate: dict[int, float] = field(default_factory=dict)
    folder: str | None = None
    error: BaseException | None = None


@dataclass(eq=False)
class RunningTrial:
    """A running trial and the jobs that score it."""

    trial: optuna.Trial
    overrides: tuple[str, ...]
    first_job: int
    jobs: int
    done: list[Done] = field(default_factory=list)
    intermediate: dict[int, float] = field(default_factory=dict)
    stopped: bool = False
    """True once the pruner has decided to stop it."""
    duplicates: list[optuna.Trial] = field(default_factory=list)
    """Trials of the same configuration that wait for its result."""

    @property
    def complete(self) -> bool:
        """True when every job has ended."""
        return len(self.done) == self.jobs


def outcome_of_jobs(running: RunningTrial, n_objectives: int) -> JobOutcome:
    """Return the result of a trial's jobs: a mean over replicates, a pruned trial, or a failure."""
    first = min(running.done, key=lambda done: done.number)
    result = JobOutcome(
        running.trial.number,
        TrialState.COMPLETE,
        intermediate=running.intermediate,
        folder=first.output_dir,
    )
    returns = [done.result for done in sorted(running.done, key=lambda done: done.number)]
    if any(is_pruned(one) for one in returns) or (
        running.stopped and all(one.status is JobStatus.COMPLETED for one in returns)
    ):
        result.state = TrialState.PRUNED
        return result
    try:
        rows = [scores(one, n_objectives) for one in returns]
    except BaseException as error:  # a job may have ended with SystemExit
        result.state, result.error = TrialState.FAIL, error
        return result
    result.values = rows[0] if len(rows) == 1 else [fmean(column) for column in zip(*rows, strict=True)]
    return result


def is_pruned(result: JobReturn) -> bool:
    """Return whether a job returned `PRUNED` or raised Optuna's own exception."""
    return isinstance(result._return_value, Pruned | optuna.TrialPruned)


def scores(result: JobReturn, n_objectives: int) -> list[float]:
    """Return a job's scores; raises its own error where it failed, TrialError where they are not scores."""
    if result.status is not JobStatus.COMPLETED:
        raise error_of(result)
    value = result._return_value
    many = value if n_objectives > 1 else [value]
    if n_objectives > 1 and (not isinstance(value, Sequence) or len(value) != n_objectives):
        msg = f"The job returned {value!r}; {n_objectives} objectives need a list or tuple of as many floats."
        raise TrialError(msg)
    try:
        floats = [float(one) for one in many]
    except (TypeError, ValueError):
        msg = f"The job returned {value!r}; a study needs {'floats' if n_objectives > 1 else 'a float'}."
        raise TrialError(msg) from None
    if any(math.isnan(one) for one in floats):
        msg = f"The job returned {value!r}: not a number."
        raise TrialError(msg)
    return floats


def error_of(result: JobReturn) -> BaseException:
    """Return the job's exception; its traceback came from the worker as text."""
    import contextlib
    import io

    # Reading a failed return value writes to stderr; the sweep logs each failure itself, once.
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            result.return_value  # noqa: B018 (a property that raises)
        except BaseException as error:
            return error
    msg = "the job did not run"
    return TrialError(msg)


def finished_trial(
    trial: optuna.trial.FrozenTrial, overrides: tuple[str, ...], folder: str, job: int = 0
) -> TrialEnd:
    """Return the record of a finished trial of the storage."""
    return TrialEnd(
        number=trial.number,
        state=STATES[trial.state],
        values=None if trial.values is None else tuple(trial.values),
        params=dict(trial.params),
        overrides=overrides,
        sweep_dir=folder,
        intermediate=dict(trial.intermediate_values),
        duplicate_of=trial.user_attrs.get(DUPLICATE),
        error=str(trial.user_attrs.get(ERROR, "")),
        job=job,
    )
