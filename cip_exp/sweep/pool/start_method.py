"""How a worker process is started: the method that is safe now, and what the process inherits."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from cip_exp.sweep.pool.worker import THREAD_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.context import BaseContext


_JEMALLOC = "jemalloc_bg_thd"
"""A thread of pyarrow's allocator, which handles a fork of the process itself."""


def start_method(wanted: str) -> str:
    """Return the start method for a worker: `auto` depends on the platform and on this process's threads.

    A fork is ready at once, and safe while no other thread works. Otherwise it is a fork server, which
    imports once for all workers; where there is none, or where it is unsafe (macOS), a new interpreter.
    """
    if wanted != "auto":
        return wanted
    if not sys.platform.startswith("linux"):
        return "spawn"
    return "fork" if _fork_is_safe() else "forkserver"


def _fork_is_safe() -> bool:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return False
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    if not all(hasattr(thread, "call_lock") for thread in others):
        return False
    try:
        names = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
    except OSError:
        return False
    native = len(names) - names.count(_JEMALLOC) - len(others)
    if native == 1:
        return True
    # OpenBLAS stops its threads before a fork; any other native thread may hold a lock.
    from threadpoolctl import threadpool_info

    pools = (pool for pool in threadpool_info() if pool["internal_api"] == "openblas")
    return bool(native - sum(pool["num_threads"] - 1 for pool in pools) <= 1)


@contextmanager
def _other_threads_idle() -> Iterator[None]:
    """Hold the lock `call_lock` of every thread that has one: such a thread holds it while it works.

    So no work is half done at the fork, and no other lock is held.
    """
    with ExitStack() as stack:
        for thread in threading.enumerate():
            if hasattr(thread, "call_lock"):
                stack.enter_context(thread.call_lock)
        yield


@contextmanager
def quiet_start(
    context: BaseContext, method: str, preload: Sequence[str], threads: int | None
) -> Iterator[None]:
    """Start a process without running the user's script again, and with its number of threads limited."""
    if method == "fork":
        with _other_threads_idle(), warnings.catch_warnings():
            # Python 3.12 warns of every native thread, also of OpenBLAS's, which are harmless.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
        return
    if method == "forkserver":
        context.set_forkserver_preload(["cip_exp.sweep.pool.worker", *preload])
    main = sys.modules["__main__"]
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    # Functions and classes of `__main__` are pickled by value: no worker has to import it, guarded or not.
    sys.modules["__main__"] = ModuleType("__main__")
    if threads:
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
