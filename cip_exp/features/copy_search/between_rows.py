"""Rows on the segment between two others: the same fraction of the way in every column, to rounding.

Synthetic oversampling adds such rows (SMOTE, Chawla et al. 2002). The fraction is fitted by least squares;
how often a column fits by chance is counted over all pairs of neighbours that were tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.features.copy_search.coded_rows import CodedRows
    from cip_exp.features.copy_search.match_scores import Candidates

LEAST_LEVELS = 10
LEAST_COLUMNS, MOST_COLUMNS = 3, 12
NEIGHBOURS = 16
"""Of each of two kinds: by match scores, and by distance."""
INNER = (0.03, 0.97)
"""Fractions outside are copies of one of the two."""
EVIDENCE = 5.0
"""−log of the expected number of pairs that fit by chance."""
FULL_PRECISION = 3e-6
"""Tolerance of values without rounding, in standard deviations: float32 holds no more."""


def continuous_columns(coded: CodedRows) -> NDArray[np.int64]:
    """Return number columns of at least ten levels, those with most levels first; too few give none."""
    levels = np.where(coded.nominal, 0, coded.levels)
    chosen = np.argsort(-levels, kind="stable")[:MOST_COLUMNS]
    chosen = chosen[levels[chosen] >= LEAST_LEVELS]
    return chosen if len(chosen) >= LEAST_COLUMNS else chosen[:0]


def with_nearest(values: NDArray[np.float32], candidates: Candidates) -> NDArray[np.int64]:
    """Return the best matches and the nearest rows of each compared row, shape (q, 32)."""
    rows = candidates.rows
    apart = (values**2).sum(axis=0)[None] - 2.0 * values[:, rows].T @ values
    apart[np.arange(len(rows)), rows] = np.inf
    k = min(NEIGHBOURS, len(values[0]) - 1)
    nearest = np.argpartition(apart, k - 1, axis=1)[:, :k]
    return np.hstack([candidates.others[:, :NEIGHBOURS], nearest])


def between(
    values: NDArray[np.float32],
    steps: NDArray[np.float64],
    rows: NDArray[np.int64],
    others: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the nearer end of the segment that each row lies on, shape (q,); −1 where there is none.

    Args:
        values: shape (c, n), in standard deviations.
        steps: shape (c,), the grid of each column, 0 for none.
        rows: shape (q,).
        others: shape (q, k), the possible ends.
    """
    tolerance = np.maximum(0.505 * steps, FULL_PRECISION).astype(np.float32)
    first, second = np.triu_indices(others.shape[1], 1)
    fits = [
        _fit(values, row, ends[first], ends[second], tolerance)
        for row, ends in zip(rows, others, strict=True)
    ]
    by_column = sum(good.sum(axis=1) for good, _, _ in fits)
    tried = sum(wide.sum(axis=1) for _, wide, _ in fits)
    surprise = -np.log(np.clip((by_column + 1) / (tried + 2), 1e-6, 1.0))
    found = np.full(len(rows), -1)
    for at, (good, wide, fraction) in enumerate(fits):
        # One column is used up by the fraction: the most surprising one.
        evidence = surprise @ wide - surprise.max() - np.log(len(first))
        whole = (good | ~wide).all(axis=0) & (wide.sum(axis=0) >= LEAST_COLUMNS) & np.isfinite(fraction)
        best = int(np.where(whole, evidence, -np.inf).argmax())
        if whole[best] and evidence[best] > EVIDENCE:
            found[at] = others[at][(first if fraction[best] < 0.5 else second)[best]]
    return found


def _fit(
    values: NDArray[np.float32], row: int, first: NDArray[np.int64], second: NDArray[np.int64],
    tolerance: NDArray[np.float32],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float32]]:  # fmt: skip
    """Return where the columns fit, where the ends differ by more than rounding, and the fractions.

    The first two have shape (c, pairs); the last has shape (pairs,), NaN where it is not between the ends or
    where a column without width does not fit.
    """
    width = values[:, second] - values[:, first]
    way = values[:, [row]] - values[:, first]
    scaled = width / tolerance[:, None] ** 2
    fraction = (way * scaled).sum(axis=0) / np.maximum((width * scaled).sum(axis=0), 1e-12)
    good = np.abs(way - fraction * width) <= tolerance[:, None]
    wide = np.abs(width) > 4 * tolerance[:, None]
    inner = (fraction > INNER[0]) & (fraction < INNER[1])
    fraction = np.where(inner & (good | wide).all(axis=0), fraction, np.nan)
    return good & wide & inner, wide & inner, fraction
