"""The sweep's side of one worker: its process, its pipe, and its death."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from multiprocessing import connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from cip_exp.sweep.pool.jobs import Job


_GRACE = 5.0
"""Seconds for a worker that was killed, or asked to go."""


class Worker:
    """One worker process, and the job it has."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.ready = False
        self.job: Job | None = None
        self.deadline: float | None = None
        self._pidfd = _pidfd(process.pid)

    @property
    def sentinel(self) -> int:
        """What becomes readable when the worker dies, even where a child of its job holds the pipe open.

        A fork server's own report says the same when the server dies, and the workers do not die with it:
        so Linux is asked itself.
        """
        return self.process.sentinel if self._pidfd is None else self._pidfd

    @property
    def how(self) -> str:
        """Return how it died, in words."""
        code = self.process.exitcode
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    def leave(self) -> None:
        """Wait for a worker that was asked to go."""
        if self.ready:
            connection.wait([self.sentinel], _GRACE)
        self.end()

    def end(self) -> None:
        """Kill the process if it is alive, and take leave of it."""
        self.pipe.close()
        if self._pidfd is None:
            self.process.kill()
            self.process.join()
            return
        # `Process.kill` believes a worker dead whose fork server is.
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        connection.wait([self._pidfd], _GRACE)
        os.close(self._pidfd)
        self._pidfd = None
        if self.process.is_alive():  # a fork server tells a moment later
            connection.wait([self.process.sentinel], _GRACE)


def _pidfd(pid: int | None) -> int | None:
    """Return a file descriptor that stands for this very process; None where there is no such thing."""
    if pid is None or not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:  # an old kernel, a sandbox, or a worker that is dead already
        return None
