"""data=simulated: any number of customers from a known process, with leaks planted on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.data.column_target import ColumnLabel
from cip_exp.data.digest import sha256_of
from cip_exp.data.simulated_customers import AS_OF, CHANNELS, HORIZON, REGIONS, SEGMENTS, draw_customers
from cip_exp.errors import ConfigError, describe
from cip_exp.records.lineage import Lineage, Origin
from cip_exp.records.table import Table, Target

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

    from cip_exp.data.simulated_customers import Columns

MOST = 10_000_000
CHUNK = 50_000
"""Customers drawn at once: limits the memory for single orders. Another value gives other customers."""
SEGMENT_NAMES = tuple(segment.name for segment in SEGMENTS)

HISTORY = (
    "tenure_days", "recency_days", "orders", "mean_order", "orders_per_month", "spend_per_month",
    "orders_90d", "spend_90d",
)  # fmt: skip
TRUTH = ("truth_segment", "truth_alive", "truth_clv", "truth_churn")
"""Never features. The last two are the expected targets given the hidden state: no model can do better."""
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
    """Draw the table: one row per customer, in the order of ids; equal arguments give equal bits.

    Target `clv` is the spend in dollars in the 180 days from `as_of` on, `churn` is 1 where there is no order
    in them. With `leaks`, the columns of `PLANTED` are added and declared leaky: a window of the future, a
    post-event number, the target with 10 % noise, a post-event flag (right for 95 %), and the target's mean
    over the whole table by postcodes of about ten customers. Columns `truth_…` have the hidden state.

    Raises:
        ConfigError: `n_customers` is not in 100..10,000,000, or `seed` is negative.
    """
    import pandas as pd

    for key, value, low, high in (("n_customers", n_customers, 100, MOST), ("seed", seed, 0, 2**63)):
        if not low <= value <= high:
            what = f"data.{key}={value} is out of range."
            raise ConfigError(describe(what, f"data.{key}", f"{low} to {high}"))
    starts = range(0, n_customers, CHUNK)
    parts = [draw_customers(min(CHUNK, n_customers - at), np.random.default_rng([seed, at])) for at in starts]
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
    """Return where the spend in the horizon is 0 if and only if there is no order in it."""
    return (rows["churn"] == 1) == (rows["clv"] == 0)


def recency_within_tenure(rows: pd.DataFrame) -> pd.Series:
    """Return where the last order is not before the first."""
    return rows["recency_days"] <= rows["tenure_days"]


def lost_customers_do_not_order(rows: pd.DataFrame) -> pd.Series:
    """Return where a customer who was lost before the date has no order after it."""
    return rows["truth_alive"] | (rows["churn"] == 1)


RULES = (churn_is_spending_nothing, recency_within_tenure, lost_customers_do_not_order)


def _planted(columns: Columns, draw: np.random.Generator) -> Columns:
    """Compute the leaks of `PLANTED`, in its order."""
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
