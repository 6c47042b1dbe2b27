"""A fast screen of all pairs of columns: which two may together give a target that neither gives alone.

Each screen computes, for all pairs at once, how much of the target's variance one relation explains on a
sample of the rows: order and equality, a plane through two columns (sums and differences) or through their
logarithms (products and ratios), and the combinations of their levels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.audit.measures.explained_variance import fill_median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.audit.column_view import ColumnView

    Floats = NDArray[np.float64]

NUMBER, DATE, TEXT = 0, 1, 2
MAX_LEVELS = 8
"""Columns with more values than this are not tried by the combinations of their levels."""
LIMITS = (1.0, 99.0)
"""Percentiles at which numbers are clipped: a few extreme values would hide the plane."""
MIN_SHARE = 0.01
"""A relation that holds on fewer rows than this, or on all but these, explains nothing."""


class Comparable(NamedTuple):
    """Columns as numbers that can be compared with each other within one family."""

    values: Floats
    """Shape (m, q): numbers, days since 1970, or codes of texts that are equal where the texts are."""
    family: NDArray[np.int64]
    """Shape (q,): NUMBER, DATE or TEXT."""

    def rows(self, chosen: NDArray[np.int64]) -> Comparable:
        """Return the same columns on the chosen rows."""
        return Comparable(self.values[chosen], self.family)


def build_comparable(view: ColumnView, at: NDArray[np.int64]) -> Comparable:
    """Return the columns at these positions of the view; a text has the same code in every column."""
    codes: dict[str, int] = {}
    values = view.values[:, at].copy()
    family = np.full(len(at), NUMBER)
    for column, position in enumerate(at):
        levels = view.levels[position]
        if view.kinds[position] == "date":
            family[column] = DATE
        elif levels is not None:
            family[column] = TEXT
            shared = np.array([codes.setdefault(text, len(codes)) for text in levels], dtype=float)
            known = np.isfinite(values[:, column])
            values[known, column] = shared[values[known, column].astype(np.int64)]
    return Comparable(values, family)


def screen_pairs(columns: Comparable, y: Floats) -> Floats:
    """Return the largest share that any relation of two columns explains of `y`, shape (q, q), upper half.

    `y` has mean 0 and variance 1, shape (m,). The shares are measured on the rows that choose the relation:
    they are too high by chance.
    """
    numbers = np.flatnonzero(columns.family != TEXT)
    best = np.maximum(_order_and_equality(columns, y), _combinations(columns.values, y))
    raw = columns.values[:, numbers]
    positive = np.where(raw > 0, raw, np.nan)
    inside = np.ix_(numbers, numbers)
    for values in (raw, np.log(positive)) if len(numbers) > 1 else ():
        best[inside] = np.maximum(best[inside], _planes(values, y))
    return np.asarray(np.triu(best, 1))


def _order_and_equality(columns: Comparable, y: Floats) -> Floats:
    """Return the share explained by a = b, a > b or a < b, shape (q, q), upper half."""
    values, q = columns.values, columns.values.shape[1]
    best = np.zeros((q, q))
    goal = y.astype(np.float32)
    for one in range(q - 1):
        x, others = values[:, one, None], values[:, one + 1 :]
        same = columns.family[one + 1 :] == columns.family[one]
        if not same.any():
            continue
        relations = [np.equal] if columns.family[one] == TEXT else [np.equal, np.greater, np.less]
        for relation in relations:
            holds = relation(x, others[:, same]).astype(np.float32)
            share = holds.mean(axis=0)
            spread = share * (1.0 - share)
            explained = (goal @ holds / len(y)) ** 2 / np.maximum(spread, 1e-9)
            usable = np.where(spread > MIN_SHARE * (1.0 - MIN_SHARE), explained, 0.0)
            row = best[one, one + 1 :]
            row[same] = np.maximum(row[same], usable)
    return best


def _planes(values: Floats, y: Floats) -> Floats:
    """Return the R² of a linear regression of `y` on each two columns, shape (q, q), from correlations."""
    low, high = np.nanpercentile(np.where(np.isfinite(values), values, 0.0), LIMITS, axis=0)
    clipped = np.clip(fill_median(values), low, high)
    spread = clipped.std(axis=0)
    Z = (clipped - clipped.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    between, with_y = Z.T @ Z / len(y), Z.T @ y / len(y)
    first, second = with_y[:, None], with_y[None, :]
    rest = np.maximum(1.0 - between**2, 1e-6)
    return np.asarray((first**2 + second**2 - 2.0 * first * second * between) / rest)


def _combinations(values: Floats, y: Floats) -> Floats:
    """Return the share explained by the combinations of two columns' levels, shape (q, q)."""
    m, q = values.shape
    levels = [np.unique(values[:, at], return_inverse=True) for at in range(q)]
    few = [at for at, (found, _) in enumerate(levels) if len(found) <= MAX_LEVELS]
    best = np.zeros((q, q))
    if len(few) < 2:
        return best
    counts = np.array([len(levels[at][0]) for at in few])
    starts = np.cumsum(counts) - counts
    is_level = np.zeros((m, int(counts.sum())), dtype=np.float32)
    for at, start in zip(few, starts, strict=True):
        is_level[np.arange(m), start + levels[at][1]] = 1.0
    rows = is_level.T @ is_level
    total = (is_level * y[:, None].astype(np.float32)).T @ is_level
    parts = total**2 / (rows + 1.0) / m
    explained = np.add.reduceat(np.add.reduceat(parts, starts, axis=0), starts, axis=1)
    best[np.ix_(few, few)] = explained
    return best
