"""One thread inside a trial, whatever machine it meets; and threads beside a sweep, which let it fork."""

from __future__ import annotations

import gc
import pickle
import signal
import sys
import threading
from contextlib import contextmanager
from functools import cache, wraps
from multiprocessing import get_context
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection


P = ParamSpec("P")
R = TypeVar("R")


def single_threaded(function: Callable[P, R]) -> Callable[P, R]:
    """Let BLAS and OpenMP use one thread inside `function`.

    Sums in another order have other last bits, so a trial would depend on how many cores it met; and on small
    tables idle threads that wait for work cost ten times the work itself.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with _threads().limit(limits=1):
            return function(*args, **kwargs)

    return limited


@cache
def _threads() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


class PollingThread(Thread):
    """Calls a function every so many seconds until it is closed.

    It holds `awake` whenever it does more than wait, so that whoever holds that lock can fork this process
    and copies no half-done work: `cip_exp.sweep.pool.start_method` asks every thread for it.
    """

    def __init__(self, name: str, look: Callable[[], None], seconds: float) -> None:
        super().__init__(name=name, daemon=True)
        self.awake = Lock()
        self._look = look
        self._seconds = seconds
        self._ended = Event()

    def run(self) -> None:
        """Look, wait, look again."""
        while not self._ended.wait(self._seconds):
            with self.awake:
                self._look()

    def close(self) -> None:
        """Look no more; returns when the last look is over."""
        self._ended.set()
        self.join()


GC_THRESHOLD = 50_000
"""New objects, less those gone, before any is looked at; the store's code leaves ten thousand a trial."""


class ForkedCall(Generic[R]):
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
            self._process = fork.Process(target=_send_result, args=(function, far), daemon=True)
            self._process.start()
            far.close()

    def result(self) -> R:
        """Wait for the function's value, or raise its error."""
        if self._pipe is None:
            return self._function()
        try:
            value: R | _RaisedError = pickle.loads(self._pipe.recv_bytes())
        except (EOFError, OSError):
            return self._function()
        finally:
            self._process.join()
            self._pipe.close()
            self._pipe = None
        if isinstance(value, _RaisedError):
            raise value.error
        return value


class _RaisedError:
    """Tells an error from a value that happens to be one."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _send_result(function: Callable[[], R], pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer, and it ends its children
    value: R | _RaisedError
    try:
        value = function()
    except Exception as error:
        value = _RaisedError(error)
    pipe.send_bytes(pickle.dumps(value))


@contextmanager
def without_gc() -> Iterator[None]:
    """Collect nothing inside the block, and look at nothing that is there at its end ever again.

    Cycles that are garbage by then stay for good: this is for what a process does a few times.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was:
            gc.enable()


def start_gc() -> None:
    """End what `door.enter` began: a program's start, which is mostly imports.

    What is frozen does not count as old, so that a few thousand new objects would be reason enough to look at
    all: 7 ms a trial of a sweep's own process.
    """
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    gc.enable()
