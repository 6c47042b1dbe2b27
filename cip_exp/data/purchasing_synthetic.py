"""A synthetic table in place of the public customer-purchasing table, so that no download is needed.

None of its customers is a customer of that table. One hidden factor and a little noise give 47 profiles; the
profiles are then repeated as often as the real table repeats its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SEED = 997
"""The best of the first 4,000 seeds: correlations within 0.004 of the real table's, means within 0.11
standard deviations, 60 customers with a high churn risk, and no profile that the real table has too."""

# The constants below were measured on the public table (Customer_Purchasing_Behaviors.csv, 238 rows).

COUNTS = (14, 13, *[8] * 4, *[7] * 15, *[6] * 7)
"""How often the real table repeats each of its 28 repeated profiles; the other 32 occur once."""

N_ONCE, N_MOVED = 19, 13
"""Profiles that occur once: with their own values, and with those of another profile in another region."""

REGIONS = {"North": 78, "South": 77, "West": 77, "East": 6}
"""Customers per region in the real table, where East has no repeated profile."""


class Shape(NamedTuple):
    """How one column depends on the hidden factor u in [0, 1]: u ** power + noise, scaled to the range."""

    low: float
    high: float
    """Smallest and largest value of the real table."""
    decimals: int
    """The real values are multiples of 10 ** -decimals."""
    power: float
    """Gives the column the real mean: a uniform factor has mean 1 / (1 + power)."""
    noise: float
    """Standard deviation on the scale of u, from the ten measured correlations."""


SHAPES = {
    "age": Shape(22, 55, 0, 0.98, 0.044),
    "annual_income": Shape(30_000, 75_000, -3, 0.64, 0.036),
    "purchase_amount": Shape(150, 640, -1, 0.78, 0.0),
    "loyalty_score": Shape(3.0, 9.5, 1, 0.71, 0.030),
    "purchase_frequency": Shape(10, 28, 0, 0.84, 0.032),
}


def customers() -> pd.DataFrame:
    """Return 238 customers, 60 of them distinct but for their id; the same table at every call.

    Columns and types are those of the public table: user_id, age (years), annual_income and
    purchase_amount (money), loyalty_score (3.0 to 9.5), region, purchase_frequency (purchases).
    """
    import pandas as pd

    # Only Generator.random is used: its stream is the only one that numpy has never changed.
    draw = np.random.Generator(np.random.PCG64(SEED))
    profiles = _profiles(draw, len(COUNTS) + N_ONCE)
    order = _shuffled(draw, len(COUNTS) + N_ONCE)
    kept = np.concatenate([order, _shuffled(draw, len(order))[:N_MOVED]])
    counts = np.array(COUNTS + (1,) * (N_ONCE + N_MOVED))
    frame = pd.DataFrame({name: values[kept] for name, values in profiles.items()})
    frame.insert(4, "region", _regions(kept, counts))
    rows = np.repeat(np.arange(len(kept)), counts)
    frame = frame.iloc[rows[_shuffled(draw, len(rows))]].reset_index(drop=True)
    frame.insert(0, "user_id", np.arange(1, len(frame) + 1))
    return frame


def _profiles(draw: np.random.Generator, n: int) -> dict[str, NDArray[np.float64]]:
    """Return n profiles, in ascending order of the hidden factor."""
    factor = (np.arange(n) + draw.random(n)) / n
    profiles = {}
    for name, shape in SHAPES.items():
        # A sum of twelve uniform numbers, less six, has mean 0 and variance 1, and needs no logarithm.
        normal = draw.random((12, n)).sum(axis=0) - 6
        raw = factor**shape.power + shape.noise * normal
        unit = (raw - raw.min()) / (raw.max() - raw.min())
        values = np.round(shape.low + (shape.high - shape.low) * unit, shape.decimals)
        profiles[name] = values if shape.decimals > 0 else values.astype(np.int64)
    return profiles


def _regions(profiles: NDArray[np.int64], counts: NDArray[np.int64]) -> list[str]:
    """Assign each profile the region with the most customers missing; equal profiles get different ones."""
    missing = dict(REGIONS)
    taken: set[tuple[int, str]] = set()
    chosen = []
    for profile, count in zip(profiles.tolist(), counts.tolist(), strict=True):
        free = [name for name in missing if (profile, name) not in taken]
        name = max(free, key=lambda region: missing[region])
        missing[name] -= count
        taken.add((profile, name))
        chosen.append(name)
    return chosen


def _shuffled(draw: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Return the numbers below n in random order."""
    return np.argsort(draw.random(n), kind="stable")
