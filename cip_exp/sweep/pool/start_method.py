"""How worker processes come into being: which method is safe now, and what they inherit."""

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
"""A thread that pyarrow's allocator starts, and takes care of itself when the process forks."""


def start_method(wish: str) -> str:
    """Say how to start a worker now: a wish of `auto` depends on the platform and on this process's threads.

    A fork is ready at once, and safe while no other thread does anything. Otherwise a fork server, which
    imports once for all workers; where there is none, or where it is unsafe (macOS), a fresh interpreter.
    """
    if wish != "auto":
        return wish
    if not sys.platform.startswith("linux"):
        return "spawn"
    return "fork" if _fork_is_safe() else "forkserver"


def _fork_is_safe() -> bool:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return False
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    if not all(hasattr(thread, "awake") for thread in others):
        return False
    try:
        names = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
    except OSError:
        return False
    native = len(names) - names.count(_JEMALLOC) - len(others)
    if native == 1:
        return True
    # OpenBLAS ends its threads before a fork by itself; any other native thread may hold a lock.
    from threadpoolctl import threadpool_info

    pools = (pool for pool in threadpool_info() if pool["internal_api"] == "openblas")
    return bool(native - sum(pool["num_threads"] - 1 for pool in pools) <= 1)


@contextmanager
def _others_at_rest() -> Iterator[None]:
    """Hold the lock `awake` of every thread that has one: such a thread holds it while it does anything.

    So a fork finds none of its work half done, and no other lock taken.
    """
    with ExitStack() as stack:
        for thread in threading.enumerate():
            if hasattr(thread, "awake"):
                stack.enter_context(thread.awake)
        yield


@contextmanager
def quiet_start(
    context: BaseContext, method: str, preload: Sequence[str], threads: int | None
) -> Iterator[None]:
    """Start a process without running the user's script a second time, and with threads pinned from birth."""
    if method == "fork":
        with _others_at_rest(), warnings.catch_warnings():
            # Python 3.12 warns of every native thread, OpenBLAS's harmless ones included.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
        return
    if method == "forkserver":
        context.set_forkserver_preload(["cip_exp.sweep.pool.worker", *preload])
    main = sys.modules["__main__"]
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    # Functions and classes of `__main__` travel by value, so nobody has to import it again, guarded or not.
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
