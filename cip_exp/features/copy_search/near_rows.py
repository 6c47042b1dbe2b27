"""Rows with a match in all columns or all but one; and rows much nearer to one row than to any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.features.copy_search.coded_rows import CodedRows
    from cip_exp.features.copy_search.match_scores import Candidates

TOLERANCES = (1e-3, 0.02, 0.06)
"""In standard deviations of a column. The last holds noise of 1 % in up to a hundred columns."""
MOST_OFF = (0, 1)
"""How many columns may differ by more than the tolerance."""
RING = 2.5
"""Pairs that match within so many tolerances, not within one, show how dense a table is without copies."""
ALONE_OFF = 0.2
"""Tolerance of a row that is much nearer to one than to others; one column in six may be off."""
SPACINGS = (8, 24)
"""Ranks between which the spacings of the scores are measured: copies have the first ranks."""
ALONE = 4.0
"""−log of the probability of the gap below the best match."""
STEEPEST = 2.0
"""The largest rate of a tail: equal scores, of a table with few levels, would give any."""
LEAST, MOST = 0.002, 0.995
"""Limits of a share before its logarithm is taken."""


class Alike(NamedTuple):
    """Shares of the compared rows, by tolerance (3) and by how many columns are off."""

    within: NDArray[np.float64]
    """Shape (3, 2): rows with a match that is off in at most 0 and 1 columns."""
    exactly: NDArray[np.float64]
    """Shape (3, 4): rows with a match that is off in exactly 0, 1, 2 and 3 columns."""
    matches: NDArray[np.float64]
    """Shape (3, 4): the mean number of such matches."""
    ring: NDArray[np.float64]
    """Shape (2, 3, 2): as `within`, for `RING` tolerances and not for one; for `RING` squared, not `RING`."""
    alone: float
    """Rows that are much nearer to one row than to others."""


def measure(coded: CodedRows, candidates: Candidates) -> Alike:
    """Return how alike the compared rows and their candidates are."""
    apart = distances(coded, candidates.rows, candidates.others)
    within, exactly, matches = (np.zeros((len(TOLERANCES), size)) for size in (2, 4, 4))
    ring = np.zeros((2, len(TOLERANCES), 2))
    for at, tolerance in enumerate(TOLERANCES):
        off, wider, widest = ((apart > tolerance * RING**power).sum(axis=0) for power in range(3))
        for count in range(4):
            equal = off == count
            exactly[at, count], matches[at, count] = equal.any(axis=1).mean(), equal.sum() / len(off)
        for count in MOST_OFF:
            within[at, count] = (off <= count).any(axis=1).mean()
            ring[0, at, count] = ((wider <= count) & (off > count)).any(axis=1).mean()
            ring[1, at, count] = ((widest <= count) & (wider > count)).any(axis=1).mean()
    lone = (gap_evidence(candidates.scores) > ALONE) & close(apart[:, :, 0])
    return Alike(within, exactly, matches, ring, float(lone.mean()))


def distances(coded: CodedRows, rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the distance in each column, in standard deviations, shape (p, q, k); others: (q, k)."""
    return np.asarray(np.abs(coded.scaled[:, rows][:, :, None] - coded.scaled[:, others]))


def close(apart: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which pairs are alike in nearly all columns, shape (q,); `apart` has shape (p, q)."""
    return np.asarray((apart > ALONE_OFF).sum(axis=0) <= max(1, len(apart) // 6))


def gap_evidence(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return −log of the probability of so wide a gap between the best score and the eighth, shape (q,).

    Of a tail that falls exponentially, k times the k-th spacing is exponential with the tail's rate, which is
    taken from ranks 8 to 24: P(gap > g) = 1 − (1 − exp(−rate·g))^7. The smaller of a row's rate and the
    median counts.
    """
    first, last = SPACINGS[0], min(SPACINGS[1], scores.shape[1])
    if last <= first:
        return np.zeros(len(scores))
    weights = np.arange(first, last)
    spacings = (scores[:, first - 1 : last - 1] - scores[:, first:last]) * weights
    rates = 1.0 / np.maximum(spacings.mean(axis=1, dtype=np.float64), 1.0 / STEEPEST)
    rates = np.minimum(rates, np.median(rates))
    gaps = (scores[:, 0] - scores[:, first - 1]).astype(np.float64)
    probability = -np.expm1((first - 1) * np.log1p(-np.exp(-np.maximum(rates * gaps, 1e-12))))
    return np.asarray(-np.log(np.clip(probability, 1e-300, 1.0)))


def expected_within(found: Alike, chance: Sequence[Alike], dense: float = 1.0) -> NDArray[np.float64]:
    """Return the shares `within` that chance gives, shape (3, 2), for a table as dense as the one found.

    Where the table has more pairs that are off in one column more, or within the ring, than its shuffled
    form, so many more are expected to match; the trend from two columns more to one, and from a wider ring to
    the ring, goes on. `dense` is the factor by which equal rows exceed chance.
    """
    drawn = [np.mean([getattr(each, name) for each in chance], axis=0) for name in Alike._fields[:4]]
    within, exactly, matches, ring = drawn
    rate = np.log(rate_of(found.exactly) / rate_of(exactly))
    more = np.maximum(rate[:, 1:3], 0.0) + np.maximum(rate[:, 1:3] - rate[:, 2:4], 0.0)
    more = np.maximum(more, np.log((found.matches[:, 1:3] + 0.01) / (matches[:, 1:3] + 0.01)))
    rate = np.log(rate_of(found.ring) / rate_of(ring))
    more = np.maximum(more, np.maximum(rate[0], 0.0) + np.maximum(rate[0] - rate[1], 0.0))
    return np.asarray(1.0 - np.exp(-rate_of(within) * np.exp(more) * dense))


def rate_of(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the number of matches a row, if they fall at random, for the share of rows with one or more."""
    return np.asarray(-np.log1p(-np.clip(share, LEAST, MOST)))
