"""Quoted kinds with dates, and of two columns that tell of the event together.

None of these may be tuned on.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.everyday.kinds import Columns, Given, add_days, written

NOTATIONS = ("%m/%d/%Y", "%d-%b-%Y", "%Y%m%d", "%d %B %Y", "%Y-%m-%d %H:%M:%S")


def last_invoice(given: Given) -> Columns:
    """The last invoice, on the 1st or 15th: of this month for who stays, of an earlier one for who left.

    An amount's next invoice comes the sooner the larger it is.
    """
    if given.amounts:
        months = np.clip(np.round(6 - 2.5 * given.order + _noise(given, (0.3, 1.0, 2.2))), 0, 14)
    else:
        gone = given.marked((1.0, 0.95, 0.85), (0.0, 0.1, 0.25))
        months = np.where(gone, given.rng.integers(1, 12, given.n), 0)
    half = given.rng.integers(0, 2, given.n)
    first = pd.Timestamp("2023-12-01").to_period("M")
    days = [
        (first - int(m)).to_timestamp() + pd.Timedelta(days=14 * int(h))
        for m, h in zip(months, half, strict=True)
    ]
    return [written(pd.Series(days), _notation(given))]


def valid_until(given: Given) -> Columns:
    """The end of a contract: 9999-12-31 while it is open, the way of many company databases."""
    closed = given.marked((1.0, 0.85, 0.6), (0.0, 0.02, 0.05))
    dates = written(given.days("2022-04-01", 0, 600), "%Y-%m-%d")
    return [dates.where(closed, "9999-12-31")]


def cancel_date(given: Given) -> Columns:
    """A date of cancellation, for the event only, in the notations that spreadsheets write."""
    return [
        written(
            given.days("2023-02-01", 0, 330), _notation(given), given.marked((1.0, 0.7, 0.4), (0, 0, 0.01))
        )
    ]


def two_dates(given: Given) -> Columns:
    """The end of the contract lies before the last login for the event's rows, after it for the others."""
    last = given.rng.integers(0, 500, given.n)
    ended = given.marked((1.0, 0.93, 0.8), (0.0, 0.03, 0.08))
    gap = np.where(ended, -given.rng.integers(1, 40, given.n), given.rng.integers(5, 300, given.n))
    return [
        written(add_days("2022-01-10", last), "%Y-%m-%d"),
        written(add_days("2022-01-10", last + gap), "%Y-%m-%d"),
    ]


def tenure(given: Given) -> Columns:
    """Day of the contract and months of tenure: the tenure of who left stops before the snapshot."""
    months = given.rng.integers(6, 60, given.n)
    left = given.marked((1.0, 0.93, 0.8), (0.0, 0.02, 0.05))
    lived = np.where(left, np.maximum(1, months - given.rng.integers(2, 12, given.n)), months)
    start = pd.Timestamp("2024-01-05") - pd.to_timedelta(months * 30.44, unit="D")
    return [written(pd.Series(start), "%Y-%m-%d"), lived.astype(float)]


def exclusive_or(given: Given) -> Columns:
    """Two flags, before and after, that differ for the event only."""
    before = given.rng.random(given.n) < 0.5
    return [before.astype(float), (before ^ given.marked((1.0, 0.93, 0.8), (0.0, 0.03, 0.08))).astype(float)]


def settled_balance(given: Given) -> Columns:
    """Charges and payments with cents; the two are equal where the account was closed."""
    charges = given.lognormal(300, 0.6)
    owed = np.round(charges * given.rng.uniform(0.5, 0.97, given.n), 2)
    return [charges, np.where(given.marked((1.0, 0.93, 0.8), (0.0, 0.02, 0.05)), charges, owed)]


def shares_to_hundred(given: Given) -> Columns:
    """Two percentages that add up to 100 for the event's rows, and to less for the others."""
    first = given.rng.integers(5, 80, given.n)
    rest = 100 - first
    less = np.maximum(0, rest - given.rng.integers(1, 60, given.n))
    return [
        first.astype(float),
        np.where(given.marked((1.0, 0.93, 0.8), (0.0, 0.02, 0.05)), rest, less).astype(float),
    ]


def plan_codes(given: Given) -> Columns:
    """The plan at the start and the plan now, written in two ways (Gold, G-1); another after the event."""
    names, codes = ("Gold", "Silver", "Bronze", "Trial"), ("G-1", "S-1", "B-1", "T-1")
    before = given.rng.integers(0, 4, given.n)
    moved = (before + given.rng.integers(1, 4, given.n)) % 4
    now = np.where(given.marked((1.0, 0.93, 0.8), (0.0, 0.02, 0.05)), moved, before)
    return [pd.Series(np.array(names, dtype=object)[before]), pd.Series(np.array(codes, dtype=object)[now])]


def _noise(given: Given, sizes: tuple[float, float, float]) -> np.ndarray:
    return np.asarray(sizes[given.at] * given.rng.normal(size=given.n))


def _notation(given: Given) -> str:
    return str(given.rng.choice(NOTATIONS))
