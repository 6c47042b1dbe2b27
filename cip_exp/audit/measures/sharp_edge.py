"""A sharp edge between a column and an amount: a total that contains the amount is never below it.

For a related column the ratio of column and amount thins out towards its extremes. For a total (history and
window) or a part (the largest order of the window) it stops at a value, close to which there are many rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_ROWS, MIN_VALUES = 100, 20
SHARP = 0.2
"""The logarithm of the ratio: the distance from its extreme to its 5 % quantile is at most this share of the
distance to its median. It is .49 for a normal distribution of 1,000 rows, .07 for an exponential one."""
MIN_VIOLATED = 0.05
"""Shuffled pairs must lie beyond the edge in this share of the rows."""


class SharpEdge(NamedTuple):
    """The edge at which the ratio of a column to an amount stops."""

    factor: float
    """The extreme ratio: column ≥ factor × amount, or ≤."""
    above: bool
    """True for ≥."""
    violated: float
    """Share of shuffled pairs beyond the edge; none of the true ones is."""


def find_edge(column: NDArray[np.float64], y: NDArray[np.float64], seed: int = 0) -> SharpEdge | None:
    """Return the edge between a column and an amount, shape (m,) each; None where there is none.

    Rows on which either is zero, negative or missing are left out, and must be under a tenth of the rows.
    """
    with np.errstate(invalid="ignore"):
        positive = (column > 0) & (y > 0)
    values, amount = np.log(column[positive]), np.log(y[positive])
    if len(values) < max(MIN_ROWS, 0.9 * len(y)):
        return None
    if min(np.unique(values).size, np.unique(amount).size) < MIN_VALUES:
        return None
    shuffled = np.random.default_rng(seed).permutation(values) - amount
    for above in (True, False):
        sign = 1.0 if above else -1.0
        low, near, median = np.quantile(sign * (values - amount), (0.0, 0.05, 0.5))
        violated = float((sign * shuffled < low - 1e-9).mean())
        if violated >= MIN_VIOLATED and near - low <= SHARP * (median - low) and median > low:
            return SharpEdge(float(np.exp(sign * low)), above, violated)
    return None
