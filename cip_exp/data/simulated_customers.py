"""Draw customers and their orders from a known process, for data=simulated.

The process for one customer (BG/NBD of Fader, Hardie & Lee 2005, with gamma-gamma amounts):

1. A segment of `SEGMENTS` is drawn by its share; then a purchase rate λ ~ Gamma(4) around the segment's,
   a dropout probability p ~ Beta with the segment's mean and weight 20, a mean amount ν ~ Gamma(8) around
   the segment's, and the time since the first purchase, uniform in 30..730 days.
2. While active, the customer orders at rate λ; after each repeat order the customer is lost for good with
   probability p. Each amount is Gamma(6) around ν.
3. The row is as of one of `AS_OF`, the first days of twelve months; targets are from the 180 days after it.

Age, income and channel depend on the segment and on ν; region depends on nothing. Nothing drifts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Columns = dict[str, NDArray[Any]]

HORIZON = 180
"""Days; the last date of a training row must be at least this long before the first test row."""
AS_OF = tuple(f"2023-{month:02}-01" for month in range(1, 13))
REGIONS = ("centre", "east", "north", "south", "west")
CHANNELS = ("app", "store", "web")


@dataclass(frozen=True)
class Segment:
    """Means of one kind of customer."""

    name: str
    share: float
    rate: float
    """Orders a month while active."""
    dropout: float
    """Probability to be lost after an order."""
    amount: float
    """Dollars an order."""
    age: float
    channels: tuple[float, float, float]
    """Probabilities of `CHANNELS`."""


SEGMENTS = (
    Segment("bargain", 0.15, 0.9, 0.25, 20.0, 29.0, (0.6, 0.1, 0.3)),
    Segment("loyal", 0.20, 1.2, 0.03, 60.0, 48.0, (0.3, 0.4, 0.3)),
    Segment("occasional", 0.30, 0.2, 0.15, 55.0, 55.0, (0.1, 0.6, 0.3)),
    Segment("regular", 0.35, 0.6, 0.08, 40.0, 41.0, (0.3, 0.2, 0.5)),
)


def draw_customers(n: int, draw: np.random.Generator) -> Columns:
    """Draw n customers, with what is known of them as of their date; names with `_` are for planted leaks."""
    segment = draw.choice(len(SEGMENTS), size=n, p=[each.share for each in SEGMENTS])

    def mean(what: str) -> NDArray[np.float64]:
        return np.array([getattr(each, what) for each in SEGMENTS], dtype=np.float64)[segment]

    rate = mean("rate") * 12 / 365.25 * draw.gamma(4, 1 / 4, n)
    dropout = np.maximum(draw.beta(20 * mean("dropout"), 20 * (1 - mean("dropout"))), 1e-6)
    amount = mean("amount") * draw.gamma(8, 1 / 8, n)
    tenure = draw.integers(30, 731, n)
    repeats = draw.geometric(dropout)
    limits = np.cumsum([each.channels for each in SEGMENTS], axis=1)[segment, :-1]
    orders, alive = _orders(rate, repeats, amount, tenure, draw)
    return {
        "as_of": draw.integers(0, len(AS_OF), n),
        "age": np.clip(draw.normal(mean("age"), 10), 18, 90).astype(np.int64),
        "income": np.round(30_000 * np.sqrt(amount / 45) * draw.lognormal(0, 0.3, n), -2),
        "channel": (draw.random((n, 1)) > limits).sum(axis=1),
        "region": draw.integers(0, len(REGIONS), n),
        "tenure_days": tenure,
        **orders,
        "truth_segment": segment,
        "truth_alive": alive,
        # Orders of an active customer stop at the rate λp, so their expected number is (1 - exp(-λpt)) / p.
        "truth_clv": alive * amount * -np.expm1(-rate * dropout * HORIZON) / dropout,
        "truth_churn": 1 + alive * np.expm1(-rate * HORIZON),
    }


def _orders(
    rate: NDArray[np.float64], repeats: NDArray[np.int64], amount: NDArray[np.float64],
    tenure: NDArray[np.int64], draw: np.random.Generator,
) -> tuple[Columns, NDArray[np.bool_]]:  # fmt: skip
    """Draw all orders in one flat array and sum them up per customer; returns also who is still active.

    Given their number, the orders of a Poisson process are uniform in time. Orders after the `repeats`-th
    repeat order are dropped: the customer was lost.
    """
    n, span = len(rate), tenure + HORIZON
    count = 1 + draw.poisson(rate * span)
    begin = np.cumsum(count) - count
    owner = np.repeat(np.arange(n), count)
    position = draw.random(len(owner))
    position[begin] = 0.0
    day = (np.sort(owner + position) - owner) * span[owner] - tenure[owner]
    number = np.arange(len(owner)) - begin[owner]
    alive = np.bincount(owner[day < 0], minlength=n) - 1 < repeats
    kept = number <= repeats[owner]
    owner, day = owner[kept], day[kept]
    paid = np.maximum(np.round(draw.gamma(6, 1 / 6, len(owner)) * amount[owner], 2), 0.01)

    def count_of(span: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(owner[span], minlength=n).astype(np.int64)

    def spend_of(span: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.round(np.bincount(owner[span], weights=paid[span], minlength=n), 2)

    past, ahead = day < 0, day >= 0
    orders, spend, after = count_of(past), spend_of(past), count_of(ahead)
    last = np.cumsum(orders + after) - after - 1
    following = day[np.minimum(last + 1, len(day) - 1)]
    return {
        "recency_days": np.floor(-day[last]).astype(np.int64),
        "orders": orders,
        "mean_order": spend / orders,
        "orders_per_month": orders / tenure * 365.25 / 12,
        "spend_per_month": spend / tenure * 365.25 / 12,
        "orders_90d": count_of(past & (day >= -90)),
        "spend_90d": spend_of(past & (day >= -90)),
        "clv": spend_of(ahead),
        "churn": (after == 0).astype(np.int64),
        "_next_30d": spend_of(ahead & (day < 30)),
        "_days_to_next": np.where(after > 0, np.floor(following), HORIZON).astype(np.int64),
    }, alive
