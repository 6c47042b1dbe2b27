"""Run jobs in persistent worker processes with one pipe each; the job of a dead worker is run again."""

from __future__ import annotations

import os
import pickle
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING

from cip_exp.errors import TrialError
from cip_exp.sweep.pool.jobs import Done, Event, Job, Reported, failed
from cip_exp.sweep.pool.start import Starter

if TYPE_CHECKING:
    from collections.abc import Callable

    from cip_exp.sweep.pool.worker import Setup
    from cip_exp.sweep.pool.worker_handle import Worker


_START_ATTEMPTS = 3


@dataclass(frozen=True)
class Options:
    """Options of a pool."""

    workers: int
    start: str = "auto"
    """auto, fork, forkserver or spawn."""
    preload: tuple[str, ...] = ()
    threads: int | None = 1
    time_limit: float | None = None
    """Seconds that a job may take."""
    retries: int = 1
    """How often a job is run again after its worker has died."""


class Pool:
    """Runs jobs in worker processes; only the thread that made it may call its methods."""

    def __init__(self, prepare: Callable[[bool], Setup], options: Options) -> None:
        """`prepare(for_fork)` makes the setup of a worker: complete, or only what a forked process lacks."""
        self.options = options
        self._starter = Starter(prepare, options.start, options.preload, options.threads)
        self._workers: list[Worker] = []
        self._queue: deque[Job] = deque()
        self._lost: dict[int, int] = {}
        self._events: list[Event] = []
        self._failed_starts = 0
        self._owner = os.getpid()

    def start(self) -> None:
        """Start workers for all jobs, up to the limit; returns before they are ready."""
        busy = sum(worker.job is not None for worker in self._workers)
        while len(self._workers) < min(self.options.workers, busy + len(self._queue)):
            self._workers.append(self._starter.start(self._workers))

    def free(self) -> int:
        """Return the number of workers without a job, less the queued jobs."""
        busy = sum(worker.job is not None for worker in self._workers)
        return self.options.workers - busy - len(self._queue)

    def submit(self, job: Job) -> None:
        """Queue a job; it starts as soon as a worker is ready."""
        self._queue.append(job)
        self._assign_jobs()

    def wait(self, timeout: float | None = None) -> list[Event]:
        """Return the events since the last call; block up to `timeout` seconds where there are none."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self._events and (self._queue or any(worker.job for worker in self._workers)):
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                break
            self._receive_ready(left)
            self._stop_overdue()
            self._assign_jobs()
        events, self._events = self._events, []
        return events

    def reply(self, number: int, stop: bool) -> None:
        """Send the job that waits in `report` whether to stop."""
        for worker in self._workers:
            # Only a job with pruning reads its pipe.
            if worker.job is not None and worker.job.number == number and worker.job.pruning:
                with suppress(OSError):  # the next `wait` finds the worker dead
                    worker.pipe.send_bytes(pickle.dumps(stop))

    def abandon(self) -> None:
        """Kill workers that have a job, and drop the queue."""
        self._queue.clear()
        for worker in [worker for worker in self._workers if worker.job is not None]:
            self._remove(worker)

    def close(self) -> None:
        """Stop all workers; the pool can be started again."""
        if os.getpid() != self._owner:
            return  # a forked process has this object, but the workers are not its children
        self.abandon()
        for worker in self._workers:
            with suppress(OSError):  # the next `wait` finds the worker dead
                worker.pipe.send_bytes(pickle.dumps(None))
        for worker in self._workers:
            worker.wait_for_exit()
        self._workers.clear()
        self._starter.close()

    def _assign_jobs(self) -> None:
        self.start()
        for worker in list(self._workers):
            if not self._queue:
                return
            if worker.ready and worker.job is None:
                job = self._queue.popleft()
                try:
                    worker.pipe.send_bytes(pickle.dumps(job))
                except OSError:
                    self._queue.appendleft(job)
                    self._remove(worker)
                    continue
                worker.job = job
                limit = self.options.time_limit
                worker.deadline = None if limit is None else time.monotonic() + limit

    def _receive_ready(self, timeout: float | None) -> None:
        deadlines = [worker.deadline for worker in self._workers if worker.deadline is not None]
        if deadlines:
            until_deadline = max(0.0, min(deadlines) - time.monotonic())
            timeout = until_deadline if timeout is None else min(timeout, until_deadline)
        pipes = [worker.pipe for worker in self._workers]
        sentinels = [worker.sentinel for worker in self._workers]
        ready = set(connection.wait([*pipes, *sentinels], timeout))
        for worker in list(self._workers):
            if worker.pipe in ready or worker.sentinel in ready:
                self._receive(worker)

    def _receive(self, worker: Worker) -> None:
        try:
            message = pickle.loads(worker.pipe.recv_bytes()) if worker.pipe.poll() else None
        except (EOFError, OSError):
            message = None
        if message is None:
            self._handle_death(worker)
        elif isinstance(message, Reported):
            self._events.append(message)
        elif isinstance(message, Done):
            self._lost.pop(message.number, None)
            worker.job = worker.deadline = None
            self._events.append(message)
        elif message[0] == "ready":
            worker.ready = True
            self._failed_starts = 0
        else:
            self.close()
            msg = f"A worker could not start:\n{message[1]}"
            raise RuntimeError(msg)

    def _handle_death(self, worker: Worker) -> None:
        """Remove a dead worker; its job is queued again or fails, and another worker is started later."""
        job = worker.job
        self._remove(worker)
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= _START_ATTEMPTS:
                self.close()
                msg = (
                    f"{self._failed_starts} workers in a row died while they started ({worker.exit_reason})."
                )
                raise RuntimeError(msg)
        if job is None:
            return
        self._lost[job.number] = self._lost.get(job.number, 0) + 1
        if self._lost[job.number] <= self.options.retries:
            self._queue.appendleft(job)
            return
        lost = self._lost.pop(job.number)
        overrides = " ".join(job.overrides)
        msg = f"The worker died ({worker.exit_reason}) {lost} times while it ran this job: {overrides}"
        self._events.append(Done(job.number, failed(job.overrides, TrialError(msg))))

    def _stop_overdue(self) -> None:
        now = time.monotonic()
        for worker in list(self._workers):
            if worker.job is None or worker.deadline is None or worker.deadline > now:
                continue
            job = worker.job
            self._remove(worker)
            msg = f"The job took longer than its limit of {self.options.time_limit:g} s and was stopped."
            self._events.append(Done(job.number, failed(job.overrides, TrialError(msg))))

    def _remove(self, worker: Worker) -> None:
        self._workers.remove(worker)
        worker.kill()
