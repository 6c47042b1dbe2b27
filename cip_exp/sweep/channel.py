"""`report`: a running job sends intermediate values to the sweep and receives whether to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

Sink = Callable[[float, int], bool]

_sink: Sink | None = None
# A job may report from several threads, but a worker has one pipe: each report waits for its own reply.
_lock = Lock()


class Pruned:
    """The class of `PRUNED`, which a job may return instead of a score after `report` was True."""

    def __repr__(self) -> str:
        return "PRUNED"


PRUNED = Pruned()


def report(value: float, step: int) -> bool:
    """Send an intermediate value to the sweep; True means that the job should stop and return.

    `step` counts up from 0; a value reported again for the same step replaces the first. After
    True the trial counts as pruned, whether the job returns `PRUNED` or the score so far. Outside a `study`
    sweep, or with a launcher that runs jobs in other processes, this does nothing and returns False.
    """
    if _sink is None:
        return False
    with _lock:
        return _sink(float(value), int(step))


@contextmanager
def connected(sink: Sink) -> Iterator[None]:
    """Pass reports to `sink` inside the block."""
    global _sink
    before, _sink = _sink, sink
    try:
        yield
    finally:
        _sink = before
