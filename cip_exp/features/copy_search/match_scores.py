"""How surprising it is that two rows are as alike as they are, by the values of every column."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.features.copy_search.coded_rows import CodedRows

CHUNK = 64
"""Rows that are compared at a time, so that the arrays stay in the processor's cache."""
FACTORS = 8
"""Shares that are multiplied before the logarithm is taken: more could leave the range of float32."""
CANDIDATES = 64


class Candidates(NamedTuple):
    """The best matches of some rows."""

    rows: NDArray[np.int64]
    """Shape (q,): the rows that were compared with all others."""
    others: NDArray[np.int64]
    """Shape (q, k): their matches, the best first."""
    scores: NDArray[np.float32]
    """Shape (q, k): the sum over columns of −log of the share of rows between the two, ends included."""


def best_matches(
    coded: CodedRows, rows: NDArray[np.int64], apart: NDArray[np.int64] | None = None, most: int = CANDIDATES
) -> Candidates:
    """Return the best matches of `rows` among all others; rows with one number in `apart` are no match."""
    k = min(most, coded.n - 1)
    others, scores = np.empty((len(rows), k), dtype=np.int64), np.empty((len(rows), k), dtype=np.float32)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        score = _scores(coded, part)
        score[np.arange(len(part)), part] = -1.0
        if apart is not None:
            score[apart[part][:, None] == apart[None]] = -1.0
        best = np.argpartition(-score, k - 1, axis=1)[:, :k]
        best.sort(axis=1)
        found = np.take_along_axis(score, best, axis=1)
        order = np.argsort(-found, axis=1, kind="stable")
        others[start : start + CHUNK] = np.take_along_axis(best, order, axis=1)
        scores[start : start + CHUNK] = np.take_along_axis(found, order, axis=1)
    return Candidates(rows, others, scores)


def _scores(coded: CodedRows, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the scores of all rows against `rows`, shape (q, n)."""
    shape = (len(rows), coded.n)
    score, product, share = (
        np.zeros(shape, np.float32),
        np.ones(shape, np.float32),
        np.empty(shape, np.float32),
    )
    for at, nominal in enumerate(coded.nominal):
        low, high = coded.low[at], coded.high[at]
        if nominal:
            # A row of shares for each level among the compared rows: far fewer than rows.
            levels, which = np.unique(coded.codes[at][rows], return_inverse=True)
            shares = np.where(coded.codes[at][None] == levels[:, None], (high - low)[None], np.float32(1))
            np.multiply(product, shares[which], out=product)
        else:
            lowest = np.minimum(low[rows][:, None], low[None])
            np.maximum(high[rows][:, None], high[None], out=share)
            np.subtract(share, lowest, out=share)
            np.multiply(product, share, out=product)
        if at % FACTORS == FACTORS - 1 or at == len(coded.nominal) - 1:
            score -= np.log(product)
            product[:] = 1.0
    return score
