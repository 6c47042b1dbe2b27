"""A function run beside this process, on the second core, while this one does something else."""

from __future__ import annotations

import pickle
import signal
import sys
import threading
from multiprocessing import get_context
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

R = TypeVar("R")


class Beside(Generic[R]):
    """Begins in a fork at once, where a fork is safe; else runs when its result is asked for.

    Safe is Linux without other threads. The function must not write anywhere: a fork that dies is made up for
    by a second call here.
    """

    def __init__(self, function: Callable[[], R]) -> None:
        self._function = function
        self._pipe: Connection | None = None
        if sys.platform == "linux" and threading.active_count() == 1:
            fork = get_context("fork")
            self._pipe, far = fork.Pipe(duplex=False)
            self._process = fork.Process(target=_run, args=(function, far), daemon=True)
            self._process.start()
            far.close()

    def result(self) -> R:
        """Wait for the function's value, or raise its error."""
        if self._pipe is None:
            return self._function()
        try:
            value: R | _Error = pickle.loads(self._pipe.recv_bytes())
        except (EOFError, OSError):
            return self._function()
        finally:
            self._process.join()
            self._pipe.close()
            self._pipe = None
        if isinstance(value, _Error):
            raise value.error
        return value


class _Error:
    """Tells an error from a value that happens to be one."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _run(function: Callable[[], R], pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer, and it ends its children
    value: R | _Error
    try:
        value = function()
    except Exception as error:
        value = _Error(error)
    pipe.send_bytes(pickle.dumps(value))
