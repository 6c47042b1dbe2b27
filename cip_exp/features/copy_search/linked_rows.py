"""Link each near copy of a whole table with the row it is nearest to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.features.copy_search import between_rows, near_rows
from cip_exp.features.copy_search.match_scores import best_matches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.features.copy_search.coded_rows import CodedRows

    Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

NEIGHBOURS = 8
SPLITS = 2
"""How often the columns are divided into two halves; one column that is off spoils one half of each."""
MOST_COMPARISONS = 1e9
"""Rows × rows × columns that are compared where no tolerance limits the search."""


def pairs_within(coded: CodedRows, tolerance: float, most_off: int, rng: np.random.Generator) -> Pairs:
    """Return each row with its best match that is off in at most `most_off` columns, two arrays of rows.

    Neighbours are searched in halves of the columns (Chebyshev distance in k-d trees), since a match that is
    off in one column is not off in the half without it.
    """
    halves = _halves(len(coded.names), rng) if most_off else [np.arange(len(coded.names))]
    others = np.hstack([_neighbours(coded.scaled[half].T, tolerance) for half in halves])
    found, score = np.full(coded.n, -1), np.full(coded.n, -np.inf)
    for other in others.T:
        rows = np.flatnonzero((other < coded.n) & (other != np.arange(coded.n)))
        match = other[rows]
        off = (np.abs(coded.scaled[:, rows] - coded.scaled[:, match]) > tolerance).sum(axis=0)
        value = np.where(off <= most_off, _score(coded, rows, match), -np.inf)
        better = value > score[rows]
        found[rows[better]], score[rows[better]] = match[better], value[better]
    rows = np.flatnonzero(found >= 0)
    return rows, found[rows]


def _halves(columns: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    halves: list[NDArray[np.int64]] = []
    for _ in range(SPLITS):
        order = rng.permutation(columns)
        halves += [np.sort(order[: columns // 2]), np.sort(order[columns // 2 :])]
    return [half for half in halves if len(half)]


def _neighbours(points: NDArray[np.float32], tolerance: float) -> NDArray[np.int64]:
    """Return the nearest rows within the tolerance, shape (n, k); n where there are fewer."""
    from scipy.spatial import KDTree

    k = min(NEIGHBOURS, len(points))
    tree = KDTree(points)
    return np.asarray(tree.query(points, k=k, p=np.inf, distance_upper_bound=1.001 * tolerance)[1]).reshape(
        -1, k
    )


def _score(coded: CodedRows, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the match scores of pairs, shape (m,)."""
    share = np.maximum(coded.high[:, one], coded.high[:, other]) - np.minimum(
        coded.low[:, one], coded.low[:, other]
    )
    different = coded.nominal[:, None] & (coded.codes[:, one] != coded.codes[:, other])
    return np.asarray(-np.log(np.where(different, 1.0, share)).sum(axis=0, dtype=np.float64))


def pairs_alone(coded: CodedRows, apart: NDArray[np.int64] | None) -> Pairs | None:
    """Return the rows that are much nearer to one row than to others; None where the table is too large."""
    if coded.n**2 * len(coded.names) > MOST_COMPARISONS:
        return None
    found = best_matches(coded, np.arange(coded.n), apart, most=near_rows.SPACINGS[1])
    nearest = found.others[:, 0]
    near = near_rows.close(near_rows.distances(coded, found.rows, nearest[:, None])[:, :, 0])
    rows = np.flatnonzero((near_rows.gap_evidence(found.scores) > near_rows.ALONE) & near)
    return rows, nearest[rows]


def pairs_between(coded: CodedRows, apart: NDArray[np.int64] | None) -> Pairs | None:
    """Return the rows between two others, with the nearer of the two; None where the table is too large."""
    if coded.n**2 * len(coded.names) > MOST_COMPARISONS:
        return None
    columns = between_rows.continuous_columns(coded)
    values = coded.scaled[columns]
    found = best_matches(coded, np.arange(coded.n), apart, most=between_rows.NEIGHBOURS)
    ends = np.empty(0, dtype=np.int64)
    others = between_rows.with_nearest(values, found)
    ends = between_rows.between(values, coded.steps[columns], found.rows, others)
    rows = np.flatnonzero(ends >= 0)
    return rows, ends[rows]


def chains(numbers: NDArray[np.int64]) -> bool:
    """Return whether one set of linked rows has a tenth of the table, or sets of over thirty have half."""
    sizes = np.bincount(np.unique(numbers, return_inverse=True)[1])
    return bool(sizes.max() > max(30, 0.1 * len(numbers)) or sizes[sizes > 30].sum() > 0.5 * len(numbers))
