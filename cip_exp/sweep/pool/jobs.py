"""Messages between a sweep and the processes that run its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hydra.core.utils import JobReturn, JobStatus

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Job:
    """One call of the task function."""

    number: int
    """`hydra.job.num`, and by default the name of the job's folder."""
    overrides: tuple[str, ...]
    pruning: bool = False
    """True where `report` waits for a reply; otherwise values are only sent."""
    slim: bool = False
    """True where the configurations in the JobReturn are not needed, so that they are not sent back."""


@dataclass(frozen=True)
class Reported:
    """A call of `report` in a job."""

    number: int
    step: int
    value: float


@dataclass(frozen=True)
class Done:
    """A job has ended or failed."""

    number: int
    result: JobReturn
    output_dir: str | None = None
    """None where the job ended before it had a folder."""
    seconds: float = 0.0


Event = Reported | Done


def failed(overrides: Sequence[str], error: BaseException) -> JobReturn:
    """Return a failed result, as Hydra's `run_job` does, for a job that could not start or was lost."""
    result = JobReturn(overrides=list(overrides), status=JobStatus.FAILED)
    result.return_value = error
    return result
