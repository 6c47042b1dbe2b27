"""The events that a target can show: a label's classes, the ends of an amount's range, its zero."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

MIN_ROWS = 15
"""An event, and its absence, need at least this many rows."""
LEVELS = np.arange(0.05, 1.0, 0.05)
"""Quantiles of an amount at which its range is cut in two parts."""
MAX_SHARE = 0.4
"""An amount's upper or lower part counts as an event up to this share of the rows."""
MIN_ZEROS = 0.05
"""Zero and non-zero amounts are events from this share of zeros on."""


@dataclass(frozen=True, eq=False)
class TargetEvents:
    """Events in words, with the rows of each."""

    words: tuple[str, ...]
    """Shape (e,): `churn = 1`, `clv > 120`."""
    rows: Flags
    """Shape (e, m)."""
    near: Flags
    """Shape (e, m): of a part of an amount's range, the half that is nearer to the rest; else all of it."""
    beyond: Flags
    """Shape (e, m): of a part of an amount's range, as many rows on the other side of its cut; else none."""
    zeros: Flags
    """Shape (e,): whether the event is that the amount is zero, or that it is not."""
    label: bool
    """Whether the target has two classes."""

    @cached_property
    def _cells(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The cell of each row, shape (m,), and which cells make up `rows`, `near` and `beyond`, (c, 3 e).

        Rows of one cell have the same events, so that a column is counted once for all events.
        """
        parts = np.concatenate([self.rows, self.near, self.beyond])
        bits = np.packbits(parts, axis=0)
        keys = np.zeros(bits.shape[1], dtype=np.int64)
        for row in bits:
            keys = np.unique(keys * 256 + row, return_inverse=True)[1]
        _, first = np.unique(keys, return_index=True)
        return keys, parts[:, first].T.astype(float)

    def count(
        self, codes: NDArray[np.int64], size: int, rows: Flags | slice = slice(None)
    ) -> NDArray[np.float64]:
        """Count `rows` by value and by event: all rows, `rows`, `near` and `beyond`, shape (1 + 3 e, size).

        `codes`, shape (m,), are below `size`.
        """
        cells, members = self._cells
        n_cells = len(members)
        at = codes[rows] * n_cells + cells[rows]
        by_cell = np.bincount(at, minlength=size * n_cells).reshape(size, n_cells).astype(float)
        return np.vstack([by_cell.sum(axis=1), (by_cell @ members).T])


def target_events(y: NDArray[np.float64], target: str, labels: tuple[str, str] | None = None) -> TargetEvents:
    """List the events of `y`, shape (m,); `labels` are the words for the lower and the upper class."""
    label = np.unique(y).size <= 2
    ends = [] if label else _ends(y, target)
    found = _classes(y, target, labels) if label else [*ends, *_zeros(y, target)]
    rows = np.array([event for _, event in found], dtype=bool).reshape(len(found), len(y))
    near, beyond = rows.copy(), np.zeros_like(rows)
    for at, (_, event) in enumerate(ends):
        near[at], beyond[at] = _sides_of_the_cut(y, event)
    zero = y == 0
    zeros = np.array([not label and _is_same(event, zero) for event in rows], dtype=bool)
    return TargetEvents(tuple(word for word, _ in found), rows, near, beyond, zeros, label)


def _is_same(event: Flags, other: Flags) -> bool:
    return np.array_equal(event, other) or np.array_equal(event, ~other)


def _classes(y: NDArray[np.float64], target: str, labels: tuple[str, str] | None) -> list[tuple[str, Flags]]:
    if not len(y):
        return []
    positive = y == y.max()
    if min(positive.sum(), (~positive).sum()) < MIN_ROWS:
        return []
    low, high = labels or (f"{y.min():g}", f"{y.max():g}")
    return [(f"{target} = {high}", positive), (f"{target} = {low}", ~positive)]


def _ends(y: NDArray[np.float64], target: str) -> list[tuple[str, Flags]]:
    found = []
    for level in np.unique(np.quantile(y, LEVELS)):
        for word, event in ((f"{target} > {level:g}", y > level), (f"{target} ≤ {level:g}", y <= level)):
            if MIN_ROWS <= event.sum() <= MAX_SHARE * len(y):
                found.append((word, event))
    return found


def _zeros(y: NDArray[np.float64], target: str) -> list[tuple[str, Flags]]:
    zero = y == 0
    if zero.sum() < max(MIN_ROWS, MIN_ZEROS * len(y)) or (~zero).sum() < MIN_ROWS:
        return []
    return [(f"{target} = 0", zero), (f"{target} other than 0", ~zero)]


def _sides_of_the_cut(y: NDArray[np.float64], event: Flags) -> tuple[Flags, Flags]:
    """Return the half of the event's rows that is nearer to its cut, and as many rows beyond the cut."""
    upper = y[event].min() > y[~event].max()
    near, beyond = event.copy(), ~event
    half = 0.5 * event.sum()
    # By the lowest rank, so that at least the nearest value is in, however often it occurs.
    near[event] = rankdata(y[event] if upper else -y[event], method="min") <= half
    beyond[~event] = rankdata(-y[~event] if upper else y[~event], method="min") <= half
    return near, beyond
