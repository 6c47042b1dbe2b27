"""The way out of a running job: intermediate values to the sweep, and its verdict back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

Sink = Callable[[float, int], bool]

_sink: Sink | None = None
# A job may report from its own threads, but a worker has one pipe: question and answer must not interleave.
_lock = Lock()


class Pruned:
    """What a job may return in place of a score after `report` said stop."""

    def __repr__(self) -> str:
        return "PRUNED"


PRUNED = Pruned()


def report(value: float, step: int) -> bool:
    """Hand an intermediate value to the sweep; True means that the job should stop and return.

    `step` counts up from 0; a value reported again for the same step replaces the first. Whatever a job
    returns after True (`PRUNED`, or the score so far), its trial counts as pruned. Outside a `study` sweep,
    or under a launcher whose processes the sweep does not own, this does nothing and returns False.
    """
    if _sink is None:
        return False
    with _lock:
        return _sink(float(value), int(step))


@contextmanager
def connected(sink: Sink) -> Iterator[None]:
    """Send what `report` receives to `sink` while the block runs."""
    global _sink
    before, _sink = _sink, sink
    try:
        yield
    finally:
        _sink = before
