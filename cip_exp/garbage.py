"""The garbage collector kept away from what makes no garbage: imports, and reading a store.

It looks at every object that an import makes, again and again: a quarter of the time from the command line to
the first fit, and of MLflow's import.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GARBAGE = 50_000
"""New objects, less those gone, before any is looked at; the store's code leaves ten thousand a trial."""


@contextmanager
def uncollected() -> Iterator[None]:
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


def begin_collecting() -> None:
    """End what `door.enter` began: a program's start, which is mostly imports.

    What is frozen does not count as old, so that a few thousand new objects would be reason enough to look at
    all: 7 ms a trial of a sweep's own process.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE)
    gc.enable()
