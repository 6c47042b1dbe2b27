"""Forked calls return what a call in this process returns; garbage collection stops and starts again."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from cip_exp import runtime
from cip_exp.runtime import GC_THRESHOLD, ForkedCall, PollingThread, single_threaded, start_gc, without_gc

if TYPE_CHECKING:
    from collections.abc import Iterator

TEST_PID = os.getpid()


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process seem to have one thread: pytest-xdist has more, which hold none of our locks."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)


@pytest.fixture
def gc_enabled_again() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.enable()
    gc.unfreeze()


@pytest.mark.usefixtures("one_thread")
def test_a_forked_call_returns_its_value_or_raises_its_error() -> None:
    call = ForkedCall(lambda: {"pid": os.getpid(), "large": "x" * 1_000_000})
    found = call.result()
    assert len(str(found["large"])) == 1_000_000
    assert (found["pid"] != TEST_PID) == (sys.platform == "linux")

    def broken() -> int:
        msg = "no such column"
        raise KeyError(msg)

    with pytest.raises(KeyError, match="no such column"):
        ForkedCall(broken).result()


@pytest.mark.usefixtures("one_thread")
def test_the_call_is_repeated_here_when_its_process_dies() -> None:
    def dies_in_the_fork() -> int:
        if os.getpid() != TEST_PID:
            os._exit(9)
        return 7

    assert ForkedCall(dies_in_the_fork).result() == 7


@pytest.mark.usefixtures("one_thread")
@pytest.mark.skipif(sys.platform != "linux", reason="calls are forked on Linux only")
def test_the_forked_process_ignores_an_interrupt() -> None:
    def interrupted() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "continued"

    assert ForkedCall(interrupted).result() == "continued"


def test_nothing_is_forked_while_another_thread_runs() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert ForkedCall(os.getpid).result() == TEST_PID
    finally:
        ended.set()
        thread.join()


def test_a_polling_thread_calls_its_function_under_its_lock_until_it_is_closed() -> None:
    locked: list[bool] = []
    called = threading.Event()

    def function() -> None:
        locked.append(thread.call_lock.locked())
        called.set()

    thread = PollingThread("test", function, 0.001)
    thread.start()
    assert called.wait(30)
    thread.close()
    assert all(locked)
    assert not thread.is_alive()


def test_native_libraries_have_one_thread_inside_a_decorated_function() -> None:
    runtime._thread_limits.cache_clear()  # it lists the libraries that are loaded now

    @single_threaded
    def threads() -> list[int]:
        np.linalg.inv(np.eye(2))
        return [pool["num_threads"] for pool in threadpool_info()]

    assert set(threads()) == {1}


@pytest.mark.usefixtures("gc_enabled_again")
def test_collection_is_off_inside_the_block_and_on_again_after_it() -> None:
    def broken() -> None:
        with without_gc():
            assert not gc.isenabled()
            with without_gc():
                pass
            assert not gc.isenabled()
            raise ImportError

    with pytest.raises(ImportError):
        broken()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


@pytest.mark.usefixtures("gc_enabled_again")
def test_garbage_collection_starts_again_with_a_higher_threshold() -> None:
    gc.disable()
    start_gc()
    assert gc.isenabled()
    assert gc.get_threshold()[0] == GC_THRESHOLD
