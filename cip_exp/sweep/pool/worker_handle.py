"""The sweep's side of one worker: its process, its pipe, and its end."""

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
"""Seconds to wait for the exit of a worker."""


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

        multiprocessing's own sentinel also becomes readable when the fork server dies, while the workers live
        on: on Linux it is a file descriptor of the process itself.
        """
        return self.process.sentinel if self._pidfd is None else self._pidfd

    @property
    def exit_reason(self) -> str:
        """Return the signal or the exit code as text."""
        code = self.process.exitcode
        return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"

    def wait_for_exit(self) -> None:
        """Wait for a worker that was told to exit; kill it where it does not."""
        if self.ready:
            connection.wait([self.sentinel], _GRACE)
        self.kill()

    def kill(self) -> None:
        """Kill the process if it is alive, and release its handles."""
        self.pipe.close()
        if self._pidfd is None:
            self.process.kill()
            self.process.join()
            return
        # `Process.kill` takes a worker for dead once its fork server is.
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        connection.wait([self._pidfd], _GRACE)
        os.close(self._pidfd)
        self._pidfd = None
        if self.process.is_alive():  # the fork server reports it a moment later
            connection.wait([self.process.sentinel], _GRACE)


def _pidfd(pid: int | None) -> int | None:
    """Return a file descriptor of this process; None where the platform has none."""
    if pid is None or not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:  # an old kernel, a sandbox, or a dead worker
        return None
