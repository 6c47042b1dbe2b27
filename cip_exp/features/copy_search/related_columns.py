"""Which column each column is most related to, and which columns others determine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.features.copy_search.coded_rows import CodedRows

BINS = 8
ROWS = 3_000
"""The most rows that relations are estimated from."""
REPEATS = 5
"""A column determines another only where its levels have so many rows on average: in a table of copies every
level comes twice, and would determine everything."""
MOST_EXCEPTIONS = 0.02
SAME_ORDER = 0.999
"""Correlation of ranks from which on two numeric columns are one."""
MOST_OF = 0.7
"""A column that determines another shares at least so much of what it has, in bins."""
DETERMINED = 1e3
"""A number column is determined where the others explain all but so small a part, 1/1000, of its variance."""


def tree_of_relations(coded: CodedRows, seed: int) -> list[tuple[int, int]]:
    """Return the columns as (column, parent), parents first; −1 where a column has no parent.

    The tree has the largest sum of mutual information (Chow and Liu 1968), less its bias of
    (a−1)(b−1)/2n for a and b bins (Miller 1955).
    """
    information, _ = mutual_information(coded, seed)
    p = len(information)
    root = int(information.sum(axis=0).argmax())
    tree, done = [(root, -1)], np.zeros(p, dtype=bool)
    done[root] = True
    best, parent = information[root].copy(), np.full(p, root)
    for _ in range(p - 1):
        at = int(np.where(done, -np.inf, best).argmax())
        tree.append((at, int(parent[at]) if best[at] > 0 else -1))
        done[at] = True
        better = information[at] > best
        best, parent = np.where(better, information[at], best), np.where(better, at, parent)
    return tree


def mutual_information(coded: CodedRows, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each two columns share, shape (p, p), 0 on the diagonal, and what each has, shape (p,).

    Mutual information and entropy of columns in `BINS` bins.
    """
    n, p = min(coded.n, ROWS), len(coded.names)
    rows = np.sort(np.random.default_rng(seed).choice(coded.n, n, replace=False))
    bins = np.array([_coarse(column[rows]) for column in coded.codes])
    marks = np.zeros((n, p, BINS), dtype=np.float32)
    for at in range(p):
        marks[np.arange(n), at, bins[at]] = 1.0
    flat = marks.reshape(n, p * BINS)
    joint = (flat.T @ flat).reshape(p, BINS, p, BINS).transpose(0, 2, 1, 3) / n
    single = marks.mean(axis=0)
    product = single[:, None, :, None] * single[None, :, None, :]
    ratio = np.where(joint > 0, joint, 1.0) / np.where(joint > 0, product, 1.0)
    found = (joint * np.log(ratio)).sum(axis=(2, 3), dtype=np.float64)
    free = (single > 0).sum(axis=1) - 1
    found -= np.outer(free, free) / (2 * n)
    entropy = found.diagonal().copy() + free**2 / (2 * n)
    np.fill_diagonal(found, 0.0)
    return np.asarray(found), np.asarray(entropy)


def _coarse(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return at most `BINS` bins of about equal size; levels stay whole."""
    _, codes = np.unique(codes, return_inverse=True)
    counts = np.bincount(codes)
    if len(counts) <= BINS:
        return np.asarray(codes)
    middle = (np.cumsum(counts) - counts / 2) / len(codes)
    return np.asarray((middle * BINS).astype(np.int64)[codes])


def free_columns(coded: CodedRows, seed: int) -> NDArray[np.int64]:
    """Return the positions of columns that no other column, and no sum of others, determines, ascending."""
    levels = coded.levels
    left = [at for at in range(len(levels)) if levels[at] > 1]
    candidates = _may_determine(coded, seed)
    for at in sorted(left, key=lambda each: (levels[each], each)):
        others = (other for other in np.flatnonzero(candidates[:, at]).tolist() if other in left)
        if any(_determines(coded, other, at, levels) for other in others):
            left.remove(at)
    return np.array(_without_sums(coded, left), dtype=np.int64)


def _may_determine(coded: CodedRows, seed: int) -> NDArray[np.bool_]:
    """Return whether a column (row) is so related to another that it may determine it, shape (p, p)."""
    information, entropy = mutual_information(coded, seed)
    levels = coded.levels
    may = (information > MOST_OF * entropy[None]) & (levels[:, None] >= levels[None])
    np.fill_diagonal(may, val=False)
    return np.asarray(may)


def _determines(coded: CodedRows, by: int, at: int, levels: NDArray[np.int64]) -> bool:
    """Return whether the values of `by` give those of `at`."""
    if levels[by] * REPEATS <= coded.n:
        pairs = np.unique(coded.codes[by] * levels[at] + coded.codes[at]).size
        return bool(pairs <= (1 + MOST_EXCEPTIONS) * levels[by])
    if coded.nominal[by] or coded.nominal[at] or levels[at] * REPEATS <= coded.n:
        return False
    return abs(float(np.corrcoef(coded.high[by], coded.high[at])[0, 1])) > SAME_ORDER


def _without_sums(coded: CodedRows, columns: list[int]) -> list[int]:
    """Leave out number columns that are a linear function of others, one after the other."""
    numbers = [at for at in columns if not coded.nominal[at]]
    while 2 < len(numbers) < coded.n / 3:
        matrix = np.corrcoef(coded.scaled[numbers].astype(np.float64))
        inflation = np.diag(np.linalg.pinv(matrix + 1e-9 * np.eye(len(numbers)), hermitian=True))
        worst = int(inflation.argmax())
        if inflation[worst] < DETERMINED:
            break
        columns = [at for at in columns if at != numbers[worst]]
        numbers.pop(worst)
    return columns
