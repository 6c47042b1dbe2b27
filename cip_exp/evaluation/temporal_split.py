"""Forward in time: the latest part of a dated table is held out, and folds are judged on what comes later.

Between the last training row and the first row it is judged on lies a gap at least as long as the target's
horizon: before that, nobody could have known the training row's target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Index = NDArray[np.int64]
    Days = NDArray[np.float64]

LEAST = 20
"""Rows a side that a forward fold needs on both sides; smaller ones are left out."""


def holdout(time: Days, share: float, gap: float) -> tuple[Index, Index]:
    """Return (training rows, holdout rows).

    The holdout is made of whole dates, the fewest of the latest that hold at least `share` of the rows, but
    never all dates. Training rows lie at least `gap` days before its first date; those in between are in
    neither side.
    """
    dates, counts = np.unique(time, return_counts=True)
    reached = np.flatnonzero(np.cumsum(counts[::-1]) >= share * len(time))[0]
    first = dates[max(1, len(dates) - 1 - int(reached))] if len(dates) > 1 else dates[0]
    return np.flatnonzero((time < first) & (time <= first - gap)), np.flatnonzero(time >= first)


def folds(time: Days, train: Index, n_splits: int, gap: float) -> list[tuple[Index, Index]]:
    """Return (training rows, validation rows) of an expanding window; none where time is too short."""
    mine = time[train]
    dates, counts = np.unique(mine, return_counts=True)
    if len(dates) < 3:
        return []
    edges = np.searchsorted(np.cumsum(counts), np.arange(1, n_splits + 1) * len(mine) / (n_splits + 1))
    starts = [*dict.fromkeys(dates[np.minimum(edges + 1, len(dates) - 1)].tolist()), np.inf]
    pairs = []
    for start, end in zip(starts, starts[1:], strict=False):
        fit = train[(mine < start) & (mine <= start - gap)]
        held = train[(mine >= start) & (mine < end)]
        if min(len(fit), len(held)) >= LEAST:
            pairs.append((fit, held))
    return pairs if len(pairs) > 1 else []
