"""The two ways in which a study runs its jobs: in the pool, or in batches of any other launcher."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from hydra.core.hydra_config import HydraConfig

from cip_exp.sweep.channel import connected
from cip_exp.sweep.pool.jobs import Done, Job, Reported
from cip_exp.sweep.pool.launcher import PoolLauncher

if TYPE_CHECKING:
    from hydra.plugins.launcher import Launcher

    from cip_exp.sweep.pool.pool import Pool


ReportHandler = Callable[[Reported], bool]
"""Receives each report of a job; True stops its trial."""


class Executor(Protocol):
    """Runs jobs for a study."""

    def free(self) -> int:
        """Return how many more jobs can be taken and start at once."""

    def submit(self, job: Job) -> None:
        """Take a job; it starts now, or at the next `wait`."""

    def wait(self, on_report: ReportHandler, timeout: float | None = None) -> Sequence[Done]:
        """Block until a job has ended, or until the timeout; `on_report` is called for each report."""

    def abandon(self) -> None:
        """Stop running jobs at once, and drop queued ones."""


class Pooled:
    """Runs jobs in the pool's workers, a new one as soon as any has ended."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def free(self) -> int:
        """Return how many workers have no job."""
        return self.pool.free()

    def submit(self, job: Job) -> None:
        """Send a job to a worker."""
        self.pool.submit(job)

    def wait(self, on_report: ReportHandler, timeout: float | None = None) -> list[Done]:
        """Reply to reports until a job has ended, or until the timeout."""
        while True:
            events = self.pool.wait(timeout)
            for event in events:
                if isinstance(event, Reported):
                    self.pool.reply(event.number, on_report(event))
            done = [event for event in events if isinstance(event, Done)]
            if done or not events:
                return done

    def abandon(self) -> None:
        """Kill the workers that have a job."""
        self.pool.abandon()


class Batches:
    """Runs jobs with `Launcher.launch`, up to `n_jobs` trials at a time."""

    def __init__(self, launcher: Launcher, size: int) -> None:
        self.launcher = launcher
        self.size = size
        self._queue: list[Job] = []

    def free(self) -> int:
        """Return how many more jobs the next batch takes."""
        return self.size - len(self._queue)

    def submit(self, job: Job) -> None:
        """Add a job to the next batch."""
        self._queue.append(job)

    def wait(self, on_report: ReportHandler, timeout: float | None = None) -> list[Done]:  # noqa: ARG002 (a batch cannot be left early)
        """Run the batch; reports arrive where the launcher runs jobs in this very process."""

        def sink(value: float, step: int) -> bool:
            return on_report(Reported(int(HydraConfig.get().job.num), step, value))

        done: list[Done] = []
        with connected(sink):
            for jobs in _consecutive(self._queue):
                self._queue = [job for job in self._queue if job not in jobs]
                results = self.launcher.launch([job.overrides for job in jobs], jobs[0].number)
                for job, result in zip(jobs, results, strict=True):
                    hydra = result.hydra_cfg
                    folder = None if hydra is None else str(hydra.hydra.runtime.output_dir)
                    done.append(Done(job.number, result, folder))
        return done

    def abandon(self) -> None:
        """Drop the next batch; a launcher cannot stop one that runs."""
        self._queue.clear()


def _consecutive(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    """Split a batch into runs of consecutive numbers: a launcher counts up from the first."""
    run: list[Job] = []
    for job in sorted(jobs, key=lambda job: job.number):
        if run and job.number != run[-1].number + 1:
            yield run
            run = []
        run.append(job)
    if run:
        yield run


def executor_for(launcher: Launcher, n_jobs: int) -> Pooled | Batches:
    """Return the executor of a study with `n_jobs` trials at a time."""
    if isinstance(launcher, PoolLauncher):
        return Pooled(launcher.pool(n_jobs))
    return Batches(launcher, n_jobs)
