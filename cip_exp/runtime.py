"""Settings of the Python process: native threads, background threads, garbage collection, forked calls.

`single_threaded` limits BLAS and OpenMP, `PollingThread` calls a function at an interval, `without_gc` and
`start_gc` control the garbage collector, and `ForkedCall` runs a function in a forked process.
"""

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

    With several threads the order of a sum, and so its last bits, would depend on the number of cores. On
    small tables the waiting of idle threads costs ten times the work itself.
    """

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with _thread_limits().limit(limits=1):
            return function(*args, **kwargs)

    return limited


@cache
def _thread_limits() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


class PollingThread(Thread):
    """A daemon thread that calls a function every `seconds` until it is closed.

    It holds `call_lock` during each call. `cip_exp.sweep.pool.start_method` takes this lock before it forks,
    so that the fork never copies a half-finished call.
    """

    def __init__(self, name: str, function: Callable[[], None], seconds: float) -> None:
        super().__init__(name=name, daemon=True)
        self.call_lock = Lock()
        self._function = function
        self._seconds = seconds
        self._closed = Event()

    def run(self) -> None:
        """Wait and call the function, until the thread is closed."""
        while not self._closed.wait(self._seconds):
            with self.call_lock:
                self._function()

    def close(self) -> None:
        """Make no further call; return when a running call has ended."""
        self._closed.set()
        self.join()


GC_THRESHOLD = 50_000
"""New objects, less deleted ones, that start a collection; MLflow's store leaves ten thousand a trial."""


class ForkedCall(Generic[R]):
    """A call that starts at once in a forked process, or runs in `result` where forking is not safe.

    Forking is safe on Linux while the process has one thread. The function must write nothing: where the
    forked process dies, `result` calls the function again in this process.
    """

    def __init__(self, function: Callable[[], R]) -> None:
        self._function = function
        self._pipe: Connection | None = None
        if sys.platform == "linux" and threading.active_count() == 1:
            fork = get_context("fork")
            self._pipe, child_end = fork.Pipe(duplex=False)
            self._process = fork.Process(target=_send_result, args=(function, child_end), daemon=True)
            self._process.start()
            child_end.close()

    def result(self) -> R:
        """Wait for the function's value and return it, or raise its error."""
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
    """An error that the function raised, as opposed to an error that it returned as its value."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _send_result(function: Callable[[], R], pipe: Connection) -> None:
    # Ctrl-C also reaches this process. The parent handles it, and ends its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    value: R | _RaisedError
    try:
        value = function()
    except Exception as error:
        value = _RaisedError(error)
    pipe.send_bytes(pickle.dumps(value))


@contextmanager
def without_gc() -> Iterator[None]:
    """Disable garbage collection inside the block, and exclude all objects that exist at its end from it.

    Reference cycles that are garbage by then are never freed: use it only for what a process does a few
    times.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def start_gc() -> None:
    """Enable garbage collection, which `train.py` disables for its start.

    All objects so far, mostly of imports, are excluded from collection. They then do not count as old
    objects, so with Python's default threshold a few thousand new ones would start a full collection: 7 ms a
    trial in the process of a sweep.
    """
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    gc.enable()
