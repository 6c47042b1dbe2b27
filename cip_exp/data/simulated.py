"""data=simulated: any number of customers from a known process, with leaks planted on request.

The process, a customer at a time (BG/NBD of Fader, Hardie & Lee 2005, with gamma-gamma amounts):

1. A segment of `SEGMENTS` is drawn by its share; then a purchase rate λ ~ Gamma(4) around the segment's,
   a dropout probability p ~ Beta with the segment's mean and weight 20, a mean amount ν ~ Gamma(8) around
   the segment's, and the time since the first purchase, uniform in 30..730 days.
2. While active, the customer orders at rate λ; after each repeat order they are lost for good with
   probability p. Each amount is Gamma(6) around ν.
3. The row is seen from one of `AS_OF`, twelve month beginnings; the targets come from the 180 days after it.

Age, income and channel depend on the segment and on ν; region depends on nothing. Nothing drifts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp.data.csv_table import ColumnLabel
from cip_exp.data.digest import sha256_of
from cip_exp.errors import ConfigError, describe
from cip_exp.records.lineage import Lineage, Origin
from cip_exp.records.table import Table, Target

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa
    from numpy.typing import NDArray

    Columns = dict[str, NDArray[Any]]

HORIZON = 180
"""Days; the last date of a training row must lie as long before the first test row."""
AS_OF = tuple(f"2023-{month:02}-01" for month in range(1, 13))
REGIONS = ("centre", "east", "north", "south", "west")
CHANNELS = ("app", "store", "web")
MOST = 10_000_000
CHUNK = 50_000
"""Customers drawn at once: bounds the memory for single orders, and is part of what a seed means."""


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
SEGMENT_NAMES = tuple(segment.name for segment in SEGMENTS)

HISTORY = (
    "tenure_days", "recency_days", "orders", "mean_order", "orders_per_month", "spend_per_month",
    "orders_90d", "spend_90d",
)  # fmt: skip
TRUTH = ("truth_segment", "truth_alive", "truth_clv", "truth_churn")
"""Never features. The last two are the expected target given the hidden state: the best any model can do."""
PLANTED = ("spend_next_30d", "days_to_next_order", "clv_with_noise", "win_back_call", "postcode_mean_clv")
LINEAGE = Lineage(
    {
        **{name: Origin() for name in ("age", "income", "channel", "region", "postcode")},
        **{name: Origin(("purchases_before",)) for name in HISTORY},
        **{name: Origin(known="after") for name in TRUTH},
        "clv": Origin(("purchases_after",)),
        "churn": Origin(("purchases_after",)),
        "spend_next_30d": Origin(("purchases_after",), known="after"),
        "days_to_next_order": Origin(("purchases_after",), known="after"),
        "clv_with_noise": Origin(("clv",), known="after"),
        "win_back_call": Origin(("churn",), known="after"),
        "postcode_mean_clv": Origin(("postcode", "clv"), fitted=True, known="after"),
    }
)
TARGETS = {
    "clv": Target("clv", ColumnLabel("clv").fit, columns=("clv", "churn")),
    "churn": Target("churn", ColumnLabel("churn").fit, columns=("churn", "clv")),
}


def load(*, n_customers: int = 10_000, seed: int = 0, leaks: bool = True) -> Table:
    """Draw the table: a row a customer, in the order of ids; the same arguments give the same bits.

    Target `clv` is the spend in dollars in the 180 days from `as_of` on, `churn` 1 where there is no order
    in them. With `leaks`, the columns of `PLANTED` are there and declared leaky: a window of the future, a
    post-event number, the target with 10 % noise, a post-event flag (right for 95 %), and a target mean
    over the whole table by postcodes of about ten customers. Columns `truth_…` hold what was drawn.

    Raises ConfigError where `n_customers` is not in 100..10,000,000 or `seed` is negative.
    """
    import pandas as pd

    for key, value, low, high in (("n_customers", n_customers, 100, MOST), ("seed", seed, 0, 2**63)):
        if not low <= value <= high:
            raise ConfigError(describe(f"{key}={value} is out of range.", f"data.{key}", f"{low} to {high}"))
    starts = range(0, n_customers, CHUNK)
    parts = [_customers(min(CHUNK, n_customers - at), np.random.default_rng([seed, at])) for at in starts]
    columns = {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}
    if leaks:
        columns |= _planted(columns, np.random.default_rng([seed, MOST]))
    shown = {name: values for name, values in columns.items() if not name.startswith("_")}
    frame = pd.DataFrame({"customer_id": np.arange(1, n_customers + 1), **shown}, copy=False)
    frame["as_of"] = pd.to_datetime(np.array(AS_OF))[columns["as_of"]].as_unit("us")
    for name, levels in (("channel", CHANNELS), ("region", REGIONS), ("truth_segment", SEGMENT_NAMES)):
        frame[name] = pd.Categorical.from_codes(columns[name].astype(np.int64), pd.Index(levels))
    return Table(
        name="simulated", frame=frame, sha256=sha256_of(frame), targets=TARGETS, lineage=LINEAGE,
        id="customer_id", time="as_of", drop=TRUTH, leaky=PLANTED if leaks else (),
        horizon_days=HORIZON,
    )  # fmt: skip


def schema(*, leaks: bool = True) -> pa.DataFrameSchema:
    """Build the schema: types, ranges, and the rules that hold between columns."""
    import pandera.pandas as pa

    sums = (*HISTORY, "clv", "truth_clv", *(PLANTED[:2] if leaks else ()))
    rest = ("as_of", "channel", "region", "truth_segment", "truth_alive", *(PLANTED[2:] if leaks else ()))
    return pa.DataFrameSchema(
        {
            "customer_id": pa.Column("int64", unique=True),
            "age": pa.Column("int64", pa.Check.in_range(18, 90)),
            "income": pa.Column("float64", pa.Check.gt(0)),
            **{name: pa.Column(checks=pa.Check.ge(0)) for name in sums},
            "churn": pa.Column("int64", pa.Check.isin([0, 1])),
            "truth_churn": pa.Column("float64", pa.Check.in_range(0, 1)),
            **{name: pa.Column() for name in rest},
        },
        checks=[pa.Check(rule, name=rule.__name__) for rule in RULES],
        strict=True,
    )


def churn_is_spending_nothing(rows: pd.DataFrame) -> pd.Series:
    """Tell that those without an order in the horizon, and only those, spend nothing in it."""
    return (rows["churn"] == 1) == (rows["clv"] == 0)


def recency_within_tenure(rows: pd.DataFrame) -> pd.Series:
    """Tell that the last order is not before the first."""
    return rows["recency_days"] <= rows["tenure_days"]


def the_lost_stay_lost(rows: pd.DataFrame) -> pd.Series:
    """Tell that nobody orders who was lost before the date."""
    return rows["truth_alive"] | (rows["churn"] == 1)


RULES = (churn_is_spending_nothing, recency_within_tenure, the_lost_stay_lost)


def _customers(n: int, draw: np.random.Generator) -> Columns:
    """Draw one chunk of customers, with what is known of them as of their date."""
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
        # The mean number of orders of an active customer is that of a process lost at the rate λp.
        "truth_clv": alive * amount * -np.expm1(-rate * dropout * HORIZON) / dropout,
        "truth_churn": 1 + alive * np.expm1(-rate * HORIZON),
    }


def _orders(
    rate: NDArray[np.float64], repeats: NDArray[np.int64], amount: NDArray[np.float64],
    tenure: NDArray[np.int64], draw: np.random.Generator,
) -> tuple[Columns, NDArray[np.bool_]]:  # fmt: skip
    """Draw all orders of a chunk, one flat array, and add them up; returns also who is still active.

    A Poisson process is uniform given its count; the orders after the `repeats`-th repeat never happen.
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


def _planted(columns: Columns, draw: np.random.Generator) -> Columns:
    """Make the leaks of `PLANTED`, in its order."""
    clv, n = columns["clv"], len(columns["clv"])
    postcode = draw.integers(0, max(1, n // 10), n)
    means = np.bincount(postcode, weights=clv) / np.maximum(np.bincount(postcode), 1)
    values = (
        columns["_next_30d"],
        columns["_days_to_next"],
        clv + draw.normal(0, 0.1 * clv.std(), n),
        np.where(draw.random(n) < 0.95, columns["churn"], 1 - columns["churn"]),
        means[postcode],
    )
    return dict(zip(PLANTED, values, strict=True))
