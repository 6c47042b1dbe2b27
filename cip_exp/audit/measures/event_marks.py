"""Marks: yes-or-no patterns (a flag, a hole in a column) that nearly only those have who had the event.

Measured by the likelihood ratio: how much likelier the mark is with the event than without. Of 18 real label
tables none had an honest mark above 5; a mark that is set afterwards has none without the event at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_MARKED = 15
RATIO = 15.0
WITH_LABEL, WITH_PART = 0.35, 0.5
"""The mark must be on at least this share of the rows that had the event: a label's class, or a part of an
amount's range, of which there are many to choose from."""
LEVELS = np.arange(0.05, 1.0, 0.05)
MOST = 0.4
"""An amount's upper or lower part counts as an event up to this share of the rows."""


class Mark(NamedTuple):
    """How a mark meets an event; rates are shares of rows."""

    ratio: float
    with_event: float
    without: float
    event: str

    @property
    def tells(self) -> bool:
        """Whether hardly anyone without the event is marked."""
        return self.ratio >= RATIO


def best_mark(marked: NDArray[np.bool_], y: NDArray[np.float64], target: str) -> Mark | None:
    """Return the event that `marked` (or its absence) meets best; None where too few rows differ."""
    if min(marked.sum(), (~marked).sum()) < MIN_MARKED:
        return None
    events = _events(y, target)
    marks = [_meet(side, event, word) for word, event in events for side in (marked, ~marked)]
    least = WITH_LABEL if np.unique(y).size <= 2 else WITH_PART
    telling = [mark for mark in marks if mark.with_event >= least]
    return max(telling, key=lambda mark: mark.ratio) if telling else None


def _events(y: NDArray[np.float64], target: str) -> list[tuple[str, NDArray[np.bool_]]]:
    if np.unique(y).size <= 2:
        positive = y == y.max()
        if min(positive.sum(), (~positive).sum()) < MIN_MARKED:
            return []
        return [(f"{target} = {y.max():g}", positive), (f"{target} = {y.min():g}", ~positive)]
    found = []
    for level in np.unique(np.quantile(y, LEVELS)):
        for word, event in ((f"{target} > {level:g}", y > level), (f"{target} ≤ {level:g}", y <= level)):
            if MIN_MARKED <= event.sum() <= MOST * len(y):
                found.append((word, event))
    return found


def _meet(marked: NDArray[np.bool_], event: NDArray[np.bool_], word: str) -> Mark:
    with_event, without = float(marked[event].mean()), float(marked[~event].mean())
    # Half a row stands for none at all, or one mark on three rows would be an infinite ratio.
    return Mark(with_event / max(without, 0.5 / max(1, (~event).sum())), with_event, without, word)
