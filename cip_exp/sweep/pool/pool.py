"""Persistent worker processes with one pipe each: a lost worker costs one job, which is tried once more."""

from __future__ import annotations

import os
import pickle
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING

from cip_exp.errors import TrialError
from cip_exp.sweep.pool.jobs import Done, Event, Job, Reported, failed
from cip_exp.sweep.pool.start import Starter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cip_exp.sweep.pool.worker import Setup
    from cip_exp.sweep.pool.worker_handle import Worker


_START_ATTEMPTS = 3


@dataclass(frozen=True)
class Options:
    """How workers are started and how long a job may take."""

    workers: int
    start: str = "auto"
    """auto, fork, forkserver or spawn."""
    preload: tuple[str, ...] = ()
    threads: int | None = 1
    time_limit: float | None = None
    """Seconds a job."""
    retries: int = 1
    """How often a job whose worker died is tried again."""


class Pool:
    """Runs jobs in worker processes; all methods belong to the thread that made it."""

    def __init__(self, prepare: Callable[[bool], Setup], options: Options) -> None:
        """`prepare(for_fork)` makes what a worker needs: with everything in it, or with what a fork lacks."""
        self.options = options
        self._starter = Starter(prepare, options.start, options.preload, options.threads)
        self._workers: list[Worker] = []
        self._queue: deque[Job] = deque()
        self._lost: dict[int, int] = {}
        self._events: list[Event] = []
        self._stillborn = 0
        self._owner = os.getpid()

    def start(self) -> None:
        """Start as many workers as there are jobs for; returns before they are ready."""
        busy = sum(worker.job is not None for worker in self._workers)
        while len(self._workers) < min(self.options.workers, busy + len(self._queue)):
            self._workers.append(self._starter.start(self._workers))

    def free(self) -> int:
        """Return the number of workers without a job, less the jobs that wait for one."""
        busy = sum(worker.job is not None for worker in self._workers)
        return self.options.workers - busy - len(self._queue)

    def submit(self, job: Job) -> None:
        """Queue a job; it starts as soon as a worker is ready."""
        self._queue.append(job)
        self._feed()

    def wait(self, timeout: float | None = None) -> list[Event]:
        """Return what has happened since the last call; block up to `timeout` seconds where nothing has."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self._events and (self._queue or any(worker.job for worker in self._workers)):
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                break
            self._listen(left)
            self._expire()
            self._feed()
        events, self._events = self._events, []
        return events

    def answer(self, number: int, stop: bool) -> None:
        """Tell the job that waits in `report` whether to stop."""
        for worker in self._workers:
            # Only a job that asks for a verdict reads its pipe.
            if worker.job is not None and worker.job.number == number and worker.job.pruning:
                with _broken_pipe_is_death():
                    worker.pipe.send_bytes(pickle.dumps(stop))

    def abandon(self) -> None:
        """Kill workers that have a job, and forget the queue."""
        self._queue.clear()
        for worker in [worker for worker in self._workers if worker.job is not None]:
            self._remove(worker)

    def close(self) -> None:
        """End all workers; the pool can be started again."""
        if os.getpid() != self._owner:
            return  # a fork has inherited this object, not these processes
        self.abandon()
        for worker in self._workers:
            with _broken_pipe_is_death():
                worker.pipe.send_bytes(pickle.dumps(None))
        for worker in self._workers:
            worker.leave()
        self._workers.clear()
        self._starter.close()

    def _feed(self) -> None:
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

    def _listen(self, timeout: float | None) -> None:
        deadlines = [worker.deadline for worker in self._workers if worker.deadline is not None]
        if deadlines:
            nearest = max(0.0, min(deadlines) - time.monotonic())
            timeout = nearest if timeout is None else min(timeout, nearest)
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
            self._bury(worker)
        elif isinstance(message, Reported):
            self._events.append(message)
        elif isinstance(message, Done):
            self._lost.pop(message.number, None)
            worker.job = worker.deadline = None
            self._events.append(message)
        elif message[0] == "ready":
            worker.ready = True
            self._stillborn = 0
        else:
            self.close()
            msg = f"A worker could not start:\n{message[1]}"
            raise RuntimeError(msg)

    def _bury(self, worker: Worker) -> None:
        """A worker is gone: its job is tried again, or given up; another worker takes its place."""
        job = worker.job
        self._remove(worker)
        if not worker.ready:
            self._stillborn += 1
            if self._stillborn >= _START_ATTEMPTS:
                self.close()
                msg = f"Workers die while they start ({worker.how}), {self._stillborn} in a row."
                raise RuntimeError(msg)
        if job is None:
            return
        self._lost[job.number] = self._lost.get(job.number, 0) + 1
        if self._lost[job.number] <= self.options.retries:
            self._queue.appendleft(job)
            return
        lost = self._lost.pop(job.number)
        msg = f"The worker died ({worker.how}) under this job {lost} times: {' '.join(job.overrides)}"
        self._events.append(Done(job.number, failed(job.overrides, TrialError(msg))))

    def _expire(self) -> None:
        now = time.monotonic()
        for worker in list(self._workers):
            if worker.job is None or worker.deadline is None or worker.deadline > now:
                continue
            job = worker.job
            self._remove(worker)
            msg = f"The job took longer than its limit of {self.options.time_limit:g} s and was ended."
            self._events.append(Done(job.number, failed(job.overrides, TrialError(msg))))

    def _remove(self, worker: Worker) -> None:
        self._workers.remove(worker)
        worker.end()


@contextmanager
def _broken_pipe_is_death() -> Iterator[None]:
    with suppress(OSError):  # the next `wait` finds the worker dead
        yield
