"""`hydra/launcher=pool`: the Hydra plugin that runs jobs in a pool of worker processes."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import weakref
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.plugins.launcher import Launcher

from cip_exp.sweep.validation import refuse_pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext, TaskFunction
    from omegaconf import DictConfig

    from cip_exp.sweep.pool.pool import Pool
    from cip_exp.sweep.pool.worker import Setup


log = logging.getLogger(__name__)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepare(
    task_function: TaskFunction,
    context: HydraContext,
    config: DictConfig,
    threads: int | None,
    for_fork: bool,
) -> Setup:
    from hydra.core.singleton import Singleton

    from cip_exp.sweep.pool.worker import Setup

    setup = Setup(task_function, context, config, threads)
    if not for_fork:
        setup.singletons = Singleton.get_state()
        setup.environ = dict(os.environ)
        setup.cwd = str(Path.cwd())
        setup.sys_path = tuple(sys.path)
    return setup


def _close(pool: weakref.ref[Pool]) -> None:
    alive = pool()
    if alive is not None:
        alive.close()


class PoolLauncher(Launcher):
    """Runs jobs in persistent worker processes on this machine."""

    def __init__(self, n_jobs: int | None = None, **options: Any) -> None:
        self.n_jobs = n_jobs
        self.options = options
        self._pool: Pool | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what jobs need; workers start with the first job.

        Raises errors.ConfigError for options that the pool does not accept.
        """
        refuse_pool({"n_jobs": self.n_jobs, **self.options})
        self.hydra_context = hydra_context
        self.task_function = task_function
        self.config = config

    def pool(self, workers: int | None = None) -> Pool:
        """Return the pool, made at the first call; `n_jobs`, where set, takes precedence over `workers`."""
        from cip_exp.sweep.pool.pool import Options, Pool

        if self._pool is None:
            options = {**self.options, "preload": tuple(self.options.get("preload") or ())}
            threads = options.get("threads", 1)
            # No reference from the pool to this launcher: its owner does not close it, so that workers live
            # until the launcher is garbage collected or this process ends.
            prepare = partial(_prepare, self.task_function, self.hydra_context, self.config, threads)
            self._pool = Pool(prepare, Options(self.n_jobs or workers or cores(), **options))
            weakref.finalize(self, self._pool.close).atexit = False
            # Before multiprocessing's own hook, which would wait for workers that wait for jobs.
            atexit.register(_close, weakref.ref(self._pool))
        return self._pool

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run a batch of jobs and return their results in the given order."""
        from hydra.core.utils import configure_log, filter_overrides, setup_globals

        from cip_exp.sweep.pool.jobs import Done, Job

        setup_globals()
        hydra = self.config.hydra
        configure_log(hydra.hydra_logging, hydra.verbose, self.hydra_context.execution_whitelist)
        Path(str(hydra.sweep.dir)).mkdir(parents=True, exist_ok=True)
        pool = self.pool()
        log.info("Launching %d jobs on %d workers", len(job_overrides), pool.options.workers)
        done: dict[int, JobReturn] = {}
        try:
            for number, overrides in enumerate(job_overrides, initial_job_idx):
                log.info("\t#%d : %s", number, " ".join(filter_overrides(overrides)))
                pool.submit(Job(number, tuple(overrides)))
            while len(done) < len(job_overrides):
                done.update((event.number, event.result) for event in pool.wait() if isinstance(event, Done))
        except BaseException:
            pool.close()
            raise
        return [done[number] for number in sorted(done)]

    def close(self) -> None:
        """Stop the workers; a later job starts new ones."""
        if self._pool is not None:
            self._pool.close()
