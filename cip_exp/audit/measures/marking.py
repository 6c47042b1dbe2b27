"""Values that nearly only one event has, found among all indicators of a column.

An indicator marks an event where nearly no row without the event has it: the likelihood ratio is high, its
lower bound too, chance is excluded for as many indicators as were tried, and the other columns do not already
say as much of these rows. The thresholds were chosen on 163 clean tables and on planted marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import betainc, betaincinv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.audit.measures.event_counts import EventCounts
    from cip_exp.audit.measures.target_events import TargetEvents

    Floats = NDArray[np.float64]

CONFIDENCE = 0.95
CHANCE = 1e-5
"""The highest probability of the best of all indicators of a column by chance."""
MIN_INSIDE = 8


class MarkLimits(NamedTuple):
    """The conditions for a mark."""

    rate: float
    """The minimum rate of the indicator among rows with the event."""
    ratio: float
    """The minimum likelihood ratio."""
    bound: float
    """The minimum of the ratio's lower bound, by the number of rows without the event (95 %)."""
    unexplained: float
    """The minimum share of the event that the other columns do not predict, on rows with the indicator."""


LABEL = (
    MarkLimits(0.35, 15.0, 40.0, 0.0),
    MarkLimits(0.4, 13.0, 7.0, 0.5),
    MarkLimits(0.15, 20.0, 8.0, 0.4),
    MarkLimits(0.1, 40.0, 15.0, 0.5),
)
AMOUNT = (
    MarkLimits(0.35, 12.0, 6.0, 0.5),
    MarkLimits(0.15, 25.0, 12.0, 0.5),
    MarkLimits(0.15, 80.0, 40.0, 0.3),
    MarkLimits(0.08, 80.0, 20.0, 0.5),
)
"""An amount has many events, and real columns have values that only its highest or lowest rows have."""
MIN_RATE_ORDINARY = 0.35
"""The minimum rate of a number like any other of its column: the ends of honest scales are pure too."""
MIN_NEAR, MIN_FALL = 0.6, 6.0
"""An honest value grows rarer towards the rest of an amount's range; a mark of its end stops at a cut. Its
rate in the nearer half of the event must be at least the first share of its rate in the whole event, and the
second times its rate just beyond the cut."""


class Mark(NamedTuple):
    """An indicator that marks an event; rates are shares of rows."""

    event: int
    """Position among the events."""
    indicator: int
    """Position among the indicators."""
    inside: int
    outside: int
    """Rows with the indicator, with and without the event."""
    ratio: float
    bound: float
    """The lower bound of the ratio."""
    agreement: float
    """The squared correlation of indicator and event."""
    unexplained: float
    """What the other columns must leave unexplained: see `MarkLimits`."""


def best_mark(counts: EventCounts, events: TargetEvents, weight: float = 1.0) -> Mark | None:
    """Return the indicator that agrees best with an event, of those that meet the limits; None without one.

    `weight` is what a row counts as evidence, 0 to 1: the rows of one customer are no more than one.

    What the other columns explain is not looked at: that remains to be tested, against `unexplained`.
    """
    if not counts.inside.size:
        return None
    n = events.rows.shape[1]
    n_with = events.rows.sum(axis=1, keepdims=True).astype(float)
    rates = counts.inside / n_with
    ratios = rates / np.maximum(counts.outside, 0.5) * (n - n_with)
    limits = LABEL if events.label else AMOUNT
    possible = (rates >= min(each.rate for each in limits)) & (ratios >= min(each.ratio for each in limits))
    possible &= (weight * counts.inside >= MIN_INSIDE) & ((rates >= MIN_RATE_ORDINARY) | ~counts.ordinary)
    if not events.label:
        possible &= _stops_at_the_cut(counts, events)
    where = np.argwhere(possible)
    if not len(where):
        return None
    event, at = where.T
    inside, outside, total = counts.inside[event, at], counts.outside[event, at], n_with[event, 0]
    highest = betaincinv(weight * outside + 1.0, np.maximum(weight * (n - total - outside), 1e-9), CONFIDENCE)
    bounds = rates[event, at] / highest
    needed = _unexplained_needed(rates[event, at], ratios[event, at], bounds, limits)
    chance = betainc(weight * inside, weight * outside + 1.0, total / n) * counts.inside.size
    agreements = _agreement(inside, outside, total, n)
    agreements[(chance > CHANCE) | np.isinf(needed)] = 0.0
    best = int(agreements.argmax())
    if agreements[best] == 0.0:
        return None
    return Mark(
        event=int(event[best]),
        indicator=int(at[best]),
        inside=int(inside[best]),
        outside=int(outside[best]),
        ratio=float(ratios[event[best], at[best]]),
        bound=float(bounds[best]),
        agreement=float(agreements[best]),
        unexplained=float(needed[best]),
    )


def _stops_at_the_cut(counts: EventCounts, events: TargetEvents) -> NDArray[np.bool_]:
    """Return where the indicator is common up to the cut of an amount's part, and rare beyond, (e, s)."""
    n_rows, n_near, n_beyond = (
        part.sum(axis=1, keepdims=True) for part in (events.rows, events.near, events.beyond)
    )
    beyond = np.maximum(counts.beyond, 0.5) / np.maximum(n_beyond, 1)
    near = counts.near / np.maximum(n_near, 1)
    holds = near >= MIN_NEAR * counts.inside / n_rows
    falls = (near >= MIN_FALL * beyond) | (n_beyond == 0)
    return np.asarray(holds & falls)


def _unexplained_needed(
    rates: Floats, ratios: Floats, bounds: Floats, limits: tuple[MarkLimits, ...]
) -> Floats:
    """Return the lowest `unexplained` of the limits that are met, shape (k,); infinite where none is met."""
    needed = np.full(len(rates), np.inf)
    for each in limits:
        met = (rates >= each.rate) & (ratios >= each.ratio) & (bounds >= each.bound)
        needed[met] = np.minimum(needed[met], each.unexplained)
    return needed


def _agreement(inside: Floats, outside: Floats, n_with: Floats, n: int) -> Floats:
    """Return the squared correlation of indicator and event, shape (k,)."""
    size = inside + outside
    spread = size * (n - size) * n_with * (n - n_with)
    return np.asarray((inside * n - size * n_with) ** 2 / np.maximum(spread, 1.0))


def agreement(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return the squared correlation of two indicators, each of shape (m,)."""
    both = np.array([float((first & second).sum())])
    size = np.array([float(second.sum())])
    return float(_agreement(both, first.sum() - both, size, len(first))[0])
