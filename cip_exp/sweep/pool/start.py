"""Start workers: write their setup, choose a safe start method, and replace a dead fork server."""

from __future__ import annotations

import logging
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle

from cip_exp.sweep.pool.start_method import quiet_start, start_method
from cip_exp.sweep.pool.worker import serve
from cip_exp.sweep.pool.worker_handle import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

    from cip_exp.sweep.pool.worker import Setup


log = logging.getLogger(__name__)
_SERVER_TIMEOUT = 3.0
"""Seconds after which a fork server that does not respond is given up."""


class Starter:
    """Starts the workers of one pool."""

    def __init__(
        self, prepare: Callable[[bool], Setup], method: str, preload: Sequence[str], threads: int | None
    ) -> None:
        """`prepare(for_fork)` makes the setup of a worker: complete, or only what a forked process lacks."""
        self._prepare = prepare
        self._method = method
        self._preload = preload
        self._threads = threads
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def start(self, others: Sequence[Worker]) -> Worker:
        """Start one more worker; `others` are the workers there are."""
        method = start_method(self._method)
        return self._from_server(others) if method == "forkserver" else self._start(method, others)

    def close(self) -> None:
        """Remove the file for workers that start later."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _from_server(self, others: Sequence[Worker]) -> Worker:
        """Start a worker from the fork server, or from a new one where it has died.

        multiprocessing starts a new server once it has noticed the death. Before that, or where the server
        dies while it handles the request, it raises the error of the socket.
        """
        started = time.monotonic()
        warned = False
        while time.monotonic() < started + _SERVER_TIMEOUT:
            try:
                return self._start("forkserver", others)
            except (OSError, EOFError):
                if not warned:
                    log.warning("The fork server has died; another one is started.")
                warned = True
                time.sleep(0.05)
        self._method = "spawn"
        return self._start("spawn", others)

    def _start(self, method: str, others: Sequence[Worker]) -> Worker:
        context: BaseContext = get_context(method)
        ours, theirs = context.Pipe()
        inherited: tuple[Any, ...] = ()
        source: Setup | Path
        if method == "fork":
            source = self._prepare(True)
            inherited = (ours, *(worker.pipe for worker in others))
        else:
            source = self._write_setup()
        process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=serve, args=(theirs, source, inherited), name="sweep-worker"
        )
        try:
            with quiet_start(context, method, self._preload, self._threads):
                process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return Worker(process, ours)

    def _write_setup(self) -> Path:
        """Write the setup to a private file: a pipe would block until the worker has finished its imports."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="sweep-", ignore_cleanup_errors=True)
            setup = self._prepare(False)
            Path(self._folder.name, "setup.pkl").write_bytes(cloudpickle.dumps(setup))
        return Path(self._folder.name, "setup.pkl")
