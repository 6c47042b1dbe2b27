"""What runs beside this process gives what it would have given here, whatever becomes of the fork."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from cip_exp.runtime import ForkedCall

HERE = os.getpid()


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this process for one without other threads: pytest-xdist has some, which hold no lock of ours."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)


@pytest.mark.usefixtures("alone")
def test_a_value_and_an_error_come_back() -> None:
    begun = ForkedCall(lambda: {"pid": os.getpid(), "large": "x" * 1_000_000})
    found = begun.result()
    assert len(str(found["large"])) == 1_000_000
    assert (found["pid"] != HERE) == (sys.platform == "linux")

    def broken() -> int:
        msg = "no such column"
        raise KeyError(msg)

    with pytest.raises(KeyError, match="no such column"):
        ForkedCall(broken).result()


@pytest.mark.usefixtures("alone")
def test_a_fork_that_dies_is_made_up_for() -> None:
    def dies_elsewhere() -> int:
        if os.getpid() != HERE:
            os._exit(9)
        return 7

    assert ForkedCall(dies_elsewhere).result() == 7


@pytest.mark.usefixtures("alone")
@pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")
def test_an_interrupt_is_left_to_the_parent() -> None:
    def interrupted() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "went on"

    assert ForkedCall(interrupted).result() == "went on"


def test_beside_other_threads_nothing_is_forked() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert ForkedCall(os.getpid).result() == HERE
    finally:
        ended.set()
        thread.join()
