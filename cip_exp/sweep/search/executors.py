"""The two ways a study runs its jobs: our own pool, or any other launcher in blocking batches."""

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


Judge = Callable[[Reported], bool]


class Executor(Protocol):
    """Runs jobs for a study."""

    def free(self) -> int:
        """Return how many more jobs can be taken and start at once."""

    def submit(self, job: Job) -> None:
        """Take a job; it starts now, or at the next `wait`."""

    def wait(self, judge: Judge, timeout: float | None = None) -> Sequence[Done]:
        """Block until a job has ended, or the timeout; `judge` hears each report and says whether to stop."""

    def abandon(self) -> None:
        """Stop running jobs at once."""


class Pooled:
    """Jobs in the pool's workers, a new one as soon as any has ended."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def free(self) -> int:
        """Return how many workers have nothing to do."""
        return self.pool.free()

    def submit(self, job: Job) -> None:
        """Hand a job to a worker."""
        self.pool.submit(job)

    def wait(self, judge: Judge, timeout: float | None = None) -> list[Done]:
        """Serve the workers until one has finished its job, or the timeout."""
        while True:
            events = self.pool.wait(timeout)
            for event in events:
                if isinstance(event, Reported):
                    self.pool.answer(event.number, judge(event))
            done = [event for event in events if isinstance(event, Done)]
            if done or not events:
                return done

    def abandon(self) -> None:
        """Kill the workers that have a job."""
        self.pool.abandon()


class Batches:
    """Jobs through `Launcher.launch`, as many at a time as the study wants to have running."""

    def __init__(self, launcher: Launcher, size: int) -> None:
        self.launcher = launcher
        self.size = size
        self._queue: list[Job] = []

    def free(self) -> int:
        """Return how many jobs the next batch still takes."""
        return self.size - len(self._queue)

    def submit(self, job: Job) -> None:
        """Add a job to the next batch."""
        self._queue.append(job)

    def wait(self, judge: Judge, timeout: float | None = None) -> list[Done]:  # noqa: ARG002 (a batch ends when it ends)
        """Run the batch; reports arrive where the launcher runs jobs in this very process."""

        def sink(value: float, step: int) -> bool:
            return judge(Reported(int(HydraConfig.get().job.num), step, value))

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
        """Forget the next batch; a launcher cannot be asked for more."""
        self._queue.clear()


def _consecutive(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    """Split a batch where its numbers do: a launcher counts up from the first."""
    run: list[Job] = []
    for job in sorted(jobs, key=lambda job: job.number):
        if run and job.number != run[-1].number + 1:
            yield run
            run = []
        run.append(job)
    if run:
        yield run


def executor_for(launcher: Launcher, n_jobs: int) -> Pooled | Batches:
    """Return how a study with `n_jobs` trials at a time uses this launcher."""
    if isinstance(launcher, PoolLauncher):
        return Pooled(launcher.pool(n_jobs))
    return Batches(launcher, n_jobs)
