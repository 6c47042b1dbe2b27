"""data=cdnow: dated purchases of music by 23,570 real customers, as of two dates (Fader & Hardie, 2001).

Purchases are read from the PyPI package `lifetimes` (an optional extra; only its file is read, its code is
never imported) or from a path. A row is a customer as of a date: features from the purchases before it,
targets from the months after it, so that `split=temporal` trains on the earlier date and tests on the later.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from cip_exp.data.column_target import ColumnLabel
from cip_exp.data.column_types import to_dates, to_numbers
from cip_exp.data.csv_reader import read_text
from cip_exp.data.digest import sha256_of
from cip_exp.data.packaged_table import find_packaged
from cip_exp.errors import ConfigError, DataError, describe
from cip_exp.records.lineage import Lineage, Origin
from cip_exp.records.table import Table, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import pandera.pandas as pa

AS_OF = ("1997-07-01", "1998-01-01")
FIELDS = ("customer_id", "date", "items", "spend")
"""Fields of one line of purchases: text, YYYYMMDD, discs, dollars."""
NEXT_STEP = "correct this line; a file that was cut off ends like this"
DAYS_A_MONTH = 365.25 / 12

WINDOWS = ("orders_30d", "spend_30d", "orders_90d", "spend_90d")
"""Windows of fixed length are comparable between dates; 30 and 90 days together show the trend."""
HISTORIES = {
    "rates": ("recency_share", "orders_per_month", "spend_per_month", "mean_order", *WINDOWS),
    "totals": ("recency_days", "tenure_days", "orders", "spend", "mean_order", *WINDOWS),
}
"""Totals grow with the length of the history: fitted on a short one, a model overestimates a long one."""
WHOLE_PERIOD = ("orders_whole_period", "spend_whole_period")

LINEAGE = Lineage(
    {
        **{name: Origin(("purchases_before",)) for columns in HISTORIES.values() for name in columns},
        **{name: Origin(("purchases_before", "purchases_after"), known="after") for name in WHOLE_PERIOD},
        "clv": Origin(("purchases_after",)),
        "churn": Origin(("purchases_after",)),
    }
)


def load(
    *, path: str | Path | None = None, as_of: Sequence[str] = AS_OF, horizon_months: int = 6,
    history: Literal["rates", "totals"] = "rates",
) -> Table:  # fmt: skip
    """Return the table: a row for each date of `as_of` and each customer who bought before it.

    Target `clv` is the spend in dollars in the `horizon_months` calendar months from the date on, target
    `churn` is 1 where there was no purchase in them. `history` chooses the columns of the past: `rates` (per
    month, and shares of the time since the first purchase) or `totals`. `orders_whole_period` and
    `spend_whole_period` count every purchase to the end of the file, and are declared leaky.

    Raises:
        DataError: there is no file, or a line of it is wrong.
        ConfigError: a date has no purchases before it or no whole horizon after it.
    """
    import pandas as pd

    file = packaged_purchases() if path is None else Path(path)
    purchases = read_purchases(file)
    if history not in HISTORIES:
        what = f"data.history={history} is not allowed."
        raise ConfigError(describe(what, "data.history", " | ".join(HISTORIES)))
    dates = _dates(as_of, horizon_months, purchases["date"])
    parts = [_as_of(purchases, date, horizon_months) for date in dates]
    columns = ["customer_id", "as_of", *HISTORIES[history], *WHOLE_PERIOD, "clv", "churn"]
    frame = pd.concat(parts, ignore_index=True)[columns]
    return Table(
        name="cdnow", frame=frame, sha256=sha256_of(frame), targets=TARGETS, lineage=LINEAGE,
        id="customer_id", time="as_of", group="customer_id", leaky=WHOLE_PERIOD,
        horizon_days=(dates[0] + pd.DateOffset(months=horizon_months) - dates[0]).days,
    )  # fmt: skip


TARGETS = {
    "clv": Target("clv", ColumnLabel("clv").fit, columns=("clv", "churn")),
    "churn": Target("churn", ColumnLabel("churn").fit, columns=("churn", "clv")),
}
"""Each target lists both columns, since each of them leaks the other."""


def read_purchases(path: Path) -> pd.DataFrame:
    """Read the purchases: one header line, then one purchase of `FIELDS` per line; equal lines are all kept.

    Raises:
        DataError: the file is missing or empty, or a line is not such a purchase (the first one is named).
    """
    import pandas as pd

    rows = [line.split() for line in read_text(path).splitlines() if line.strip()][1:]
    where = str(path)
    if not rows:
        raise DataError(describe("The file has a header and no purchases.", where, " ".join(FIELDS)))
    wrong = pd.Series([len(row) != len(FIELDS) for row in rows])
    _refuse(wrong, "does not have four fields", where)
    raw = pd.DataFrame(rows, columns=list(FIELDS))
    frame = raw.assign(
        date=to_dates(raw["date"], where),
        items=to_numbers(raw["items"], where, NEXT_STEP),
        spend=to_numbers(raw["spend"], where, NEXT_STEP),
    )
    _refuse(frame["items"] < 1, "has no item", where)
    _refuse(~np.isfinite(frame["spend"]) | (frame["spend"] < 0), "has no amount of 0 or more", where)
    return frame


def schema() -> pa.DataFrameSchema:
    """Build the schema of the table: types, ranges, and the rules that hold between columns."""
    import pandera.pandas as pa

    positive = {name: pa.Column(checks=pa.Check.ge(0), required=False) for name in LINEAGE}
    return pa.DataFrameSchema(
        {
            **positive,
            "customer_id": pa.Column("str"),
            "as_of": pa.Column("datetime64[us]"),
            "churn": pa.Column("int64", pa.Check.isin([0, 1])),
        },
        checks=[pa.Check(rule, name=rule.__name__) for rule in RULES],
        unique=["customer_id", "as_of"],
        strict=True,
    )


def inactive_customers_spend_nothing(rows: pd.DataFrame) -> pd.Series:
    """Return where a customer who is inactive in the horizon spends nothing in it."""
    return (rows["churn"] == 0) | (rows["clv"] == 0)


def windows_are_nested(rows: pd.DataFrame) -> pd.Series:
    """Return where the last 30 days do not exceed the last 90; spend to 0.01 cent."""
    return (rows["orders_30d"] <= rows["orders_90d"]) & (rows["spend_30d"] <= rows["spend_90d"] + 1e-4)


def whole_period_includes_both_sides(rows: pd.DataFrame) -> pd.Series:
    """Return where the whole period is at least the last 90 days plus the horizon, to 0.01 cent."""
    return rows["spend_whole_period"] >= rows["spend_90d"] + rows["clv"] - 1e-4


RULES = (inactive_customers_spend_nothing, windows_are_nested, whole_period_includes_both_sides)


def _as_of(purchases: pd.DataFrame, date: pd.Timestamp, months: int) -> pd.DataFrame:
    """Build the rows of one date: one row per customer, in the order of ids."""
    import pandas as pd

    end = date + pd.DateOffset(months=months)
    bought = purchases["date"]
    past = purchases[bought < date].groupby("customer_id").agg(
        orders=("date", "size"), spend=("spend", "sum"), first=("date", "min"), last=("date", "max")
    )  # fmt: skip
    rows = past.assign(as_of=date, tenure_days=(date - past["first"]).dt.days)
    rows["recency_days"] = (date - past["last"]).dt.days
    rows["recency_share"] = rows["recency_days"] / rows["tenure_days"]
    rows["mean_order"] = rows["spend"] / rows["orders"]
    for name in ("orders", "spend"):
        rows[f"{name}_per_month"] = rows[name] / rows["tenure_days"] * DAYS_A_MONTH
    spans = {
        "30d": (bought < date) & (bought >= date - pd.Timedelta(days=30)),
        "90d": (bought < date) & (bought >= date - pd.Timedelta(days=90)),
        "whole_period": bought.notna(),
        "horizon": (bought >= date) & (bought < end),
    }
    for name, span in spans.items():
        sums = purchases[span].groupby("customer_id")["spend"].agg(["size", "sum"]).reindex(rows.index)
        rows[f"orders_{name}"] = sums["size"].fillna(0).astype("int64")
        rows[f"spend_{name}"] = sums["sum"].fillna(0.0)
    rows["clv"] = rows["spend_horizon"]
    rows["churn"] = (rows["orders_horizon"] == 0).astype("int64")
    return rows.reset_index()


def _dates(as_of: Sequence[str], months: int, bought: pd.Series) -> list[pd.Timestamp]:
    """Return the dates in ascending order; each needs purchases before it and a whole horizon after it."""
    import pandas as pd

    first, last = bought.min(), bought.max()
    if months < 1 or not as_of:
        what = f"{len(as_of)} dates and a horizon of {months} months are not allowed."
        allowed = "one date or more, one month or more"
        raise ConfigError(describe(what, "data.as_of, data.horizon_months", allowed))
    dates = sorted(to_dates(pd.Series(sorted({str(each) for each in as_of}), name="as_of"), "data.as_of"))
    for date in dates:
        end = date + pd.DateOffset(months=months)
        if date <= first or end > last + pd.Timedelta(days=1):
            what = f"The purchases of the file do not cover {months} months from {date:%Y-%m-%d} on."
            allowed = f"dates after {first:%Y-%m-%d} whose horizon ends by {last:%Y-%m-%d}"
            raise ConfigError(describe(what, "data.as_of, data.horizon_months", allowed))
    return dates


def _refuse(wrong: pd.Series, what: str, where: str) -> None:
    """Raise DataError for the first purchase that is marked wrong, if any."""
    if wrong.any():
        row = int(wrong.to_numpy().argmax()) + 1
        raise DataError(describe(f"Purchase {row} {what}.", where, " ".join(FIELDS), NEXT_STEP))


def packaged_purchases() -> Path:
    """Return the path of the purchases in the package `lifetimes`; raises DataError where it is not there."""
    return find_packaged("lifetimes", "datasets/CDNOW_master.txt", name="cdnow", instead="data.path=FILE")
