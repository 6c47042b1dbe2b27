"""What passes between a sweep and whoever runs its jobs."""

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
    """True where `report` waits for a verdict; otherwise values go out one way."""
    slim: bool = False
    """True where nobody will look at the configs in the JobReturn, so that they are not sent back."""


@dataclass(frozen=True)
class Reported:
    """A job called `report`."""

    number: int
    step: int
    value: float


@dataclass(frozen=True)
class Done:
    """A job has ended, well or not."""

    number: int
    result: JobReturn
    output_dir: str | None = None
    """None where the job never got as far as a folder."""
    seconds: float = 0.0


Event = Reported | Done


def failed(overrides: Sequence[str], error: BaseException) -> JobReturn:
    """Return what `run_job` would have, for a job that never reached it or never came back."""
    result = JobReturn(overrides=list(overrides), status=JobStatus.FAILED)
    result.return_value = error
    return result
