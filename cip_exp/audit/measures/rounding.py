"""Rounding intervals: whether a formula of columns gives the target within the rounding of stored digits.

Every stored number stands for an interval: the number plus or minus half its last digit. A formula holds on
a row where the target's interval overlaps the interval of the formula's value. R² is the wrong test: tenure ×
monthly charges has R² .9991 with the total charges and is exact on 8.9 % of the rows, since prices change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SHIFT = 0.05
"""The chance level is measured on wrong pairs: each formula value with the target of a row this far away (in
shares of the rows) in the order of the formula's values. Wide intervals overlap for wrong pairs too."""
UNIT_FACTORS = (1.0, 2.0, 12.0, 52.0, 60.0, 365.0)
"""Units differ by months, weeks, minutes, days or powers of ten; a factor near one of these is that one."""


class Interval(NamedTuple):
    """Values with half the widths of their rounding intervals; both of shape (m,)."""

    value: Floats
    half: Floats


class Match(NamedTuple):
    """How often a formula gives the target; shares of rows."""

    holds: float
    chance: float
    """Share of wrong pairs of rows on which it holds."""
    n: int
    """Rows on which the formula and the target are known."""

    @property
    def exact(self) -> bool:
        """Whether it holds on at least 98 % of the rows, and on at most 35 % by chance."""
        return self.holds >= 0.98 and self.chance <= 0.35

    @property
    def partly(self) -> bool:
        """Whether it holds on at least 60 % of the rows, and on at most 10 % by chance."""
        return self.holds >= 0.6 and self.chance <= 0.1


def match(y: Interval, image: Interval) -> Match:
    """Return the shares of rows on which the formula holds, truly and by chance; (0, 1) under 20 rows."""
    known = np.isfinite(y.value) & np.isfinite(image.value)
    y, image = Interval(y.value[known], y.half[known]), Interval(image.value[known], image.half[known])
    n = len(y.value)
    if n < 20:
        return Match(0.0, 1.0, n)
    order = np.argsort(image.value, kind="stable")
    far = np.roll(order, max(1, round(SHIFT * n)))
    return Match(_share_overlapping(y, image, order, order), _share_overlapping(y, image, far, order), n)


def _share_overlapping(
    y: Interval, image: Interval, rows: NDArray[np.int64], others: NDArray[np.int64]
) -> float:
    gap = np.abs(y.value[rows] - image.value[others])
    # Arithmetic in doubles is itself exact only to the last digit or two.
    slack = 1e-9 * np.maximum(np.abs(y.value[rows]), np.abs(image.value[others]))
    return float((gap <= y.half[rows] + image.half[others] + slack).mean())


def unit_factor(y: Floats, image: Floats) -> Floats:
    """Return the median of `y / image`, replaced by a unit factor or a power of ten within 0.5 % of it.

    Shapes (m, 1) and (m, k) give (k,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = np.where(np.isfinite(image) & (image != 0), y / image, np.nan)
    factor = np.nanmedian(np.where(np.isfinite(quotient).any(axis=0), quotient, 0.0), axis=0)
    ten = 10.0 ** np.rint(np.log10(np.maximum(np.abs(factor), 1e-300)))
    for unit in (*UNIT_FACTORS, *(1.0 / n for n in UNIT_FACTORS[1:]), ten):
        near = np.abs(np.abs(factor) / unit - 1.0) < 0.005
        factor = np.where(near, np.sign(factor) * unit, factor)
    return np.asarray(factor)
