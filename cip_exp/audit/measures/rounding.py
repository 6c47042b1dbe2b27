"""Rounding intervals: whether a formula of columns meets a target within what the stored digits leave open.

Every stored number stands for an interval of half its last digit to either side. A formula holds on a row
where the target's interval meets the image of the others'. R² is the wrong test: tenure × monthly charges
reaches .9991 of the total charges and is exact on 8.9 % of the rows, since prices change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SHIFT = 0.05
"""Chance: the same formula against the target of a row so far away (a share of the rows) in the order of
the formula's values. Wide intervals meet that one too."""
NICE = (1.0, 2.0, 12.0, 52.0, 60.0, 365.0)
"""Units differ by powers of ten, months, weeks, minutes or days; a near miss is rounding, not a new unit."""


class Interval(NamedTuple):
    """Values with half the width of what each stands for; both of shape (m,)."""

    value: Floats
    half: Floats


class Match(NamedTuple):
    """How a formula meets a target; shares of rows."""

    holds: float
    chance: float
    n: int

    @property
    def exact(self) -> bool:
        """It holds on nearly all rows, and would not by chance."""
        return self.holds >= 0.98 and self.chance <= 0.35

    @property
    def partly(self) -> bool:
        """It holds on most rows, far beyond chance."""
        return self.holds >= 0.6 and self.chance <= 0.1


def match(y: Interval, image: Interval) -> Match:
    """Count the rows on which the formula holds, and on which it would hold by chance."""
    known = np.isfinite(y.value) & np.isfinite(image.value)
    y, image = Interval(y.value[known], y.half[known]), Interval(image.value[known], image.half[known])
    n = len(y.value)
    if n < 20:
        return Match(0.0, 1.0, n)
    order = np.argsort(image.value, kind="stable")
    far = np.roll(order, max(1, round(SHIFT * n)))
    return Match(_meets(y, image, order, order), _meets(y, image, far, order), n)


def _meets(y: Interval, image: Interval, rows: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    gap = np.abs(y.value[rows] - image.value[others])
    # Arithmetic in doubles loses a last digit or two of its own.
    slack = 1e-9 * np.maximum(np.abs(y.value[rows]), np.abs(image.value[others]))
    return float((gap <= y.half[rows] + image.half[others] + slack).mean())


def constant(y: Floats, image: Floats) -> Floats:
    """Return the factor from `image` to `y` (the median ratio), made a round number where it is near one.

    Shapes (m, 1) and (m, k) give (k,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = np.where(np.isfinite(image) & (image != 0), y / image, np.nan)
    factor = np.nanmedian(np.where(np.isfinite(quotient).any(axis=0), quotient, 0.0), axis=0)
    ten = 10.0 ** np.rint(np.log10(np.maximum(np.abs(factor), 1e-300)))
    for nice in (*NICE, *(1.0 / n for n in NICE[1:]), ten):
        near = np.abs(np.abs(factor) / nice - 1.0) < 0.005
        factor = np.where(near, np.sign(factor) * nice, factor)
    return np.asarray(factor)
