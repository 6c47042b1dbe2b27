"""data=cdnow: 23,570 real customers' dated purchases of music, seen from two dates (Fader & Hardie, 2001).

Purchases are read from the PyPI package `lifetimes` (an optional extra: the file only, the code is never
imported) or from a path. A row is a customer as of a date: features from the purchases before it, targets
from the months after it, so that `split=temporal` trains on the earlier date and tests on the later one.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from cip_exp.data.csv_reader import read_text, to_dates, to_numbers
from cip_exp.data.csv_table import ColumnLabel
from cip_exp.data.digest import sha256_of
from cip_exp.errors import ConfigError, DataError, describe
from cip_exp.records.lineage import Lineage, Origin
from cip_exp.records.table import Table, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import pandera.pandas as pa

INSTALL = "pip install -e '.[data]'"
AS_OF = ("1997-07-01", "1998-01-01")
FIELDS = ("customer_id", "date", "items", "spend")
"""Of a line of the purchases: text, YYYYMMDD, discs, dollars."""
MEND = "mend this line; a file that was cut off ends like this"
DAYS_A_MONTH = 365.25 / 12

WINDOWS = ("orders_30d", "spend_30d", "orders_90d", "spend_90d")
"""Windows of fixed length mean the same whenever they are taken; 30 beside 90 days shows the trend."""
HISTORIES = {
    "rates": ("recency_share", "orders_per_month", "spend_per_month", "mean_order", *WINDOWS),
    "totals": ("recency_days", "tenure_days", "orders", "spend", "mean_order", *WINDOWS),
}
"""Totals grow with the length of the history, so a model fitted on a short one overshoots on a long one."""
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
    `churn` 1 where there was no purchase in them. `history` chooses what the past is told in: `rates` (by
    month, and shares of the time since the first purchase) or `totals`. `orders_whole_period` and
    `spend_whole_period` count every purchase to the end of the file, and are declared leaky.

    Raises DataError where there is no file or a line of it is wrong, ConfigError where a date leaves no
    history or no whole horizon.
    """
    import pandas as pd

    file = _packaged() if path is None else Path(path)
    purchases = read_purchases(file)
    if history not in HISTORIES:
        raise ConfigError(describe(f"'{history}' is no history.", "data.history", " | ".join(HISTORIES)))
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
"""Each names both columns, for either gives the other away."""


def read_purchases(path: Path) -> pd.DataFrame:
    """Read the purchases of `FIELDS`, a line each, under one header line; equal lines are all kept.

    Raises DataError for a file that is missing or empty, or the first line that is no such purchase.
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
        items=to_numbers(raw["items"], where, MEND),
        spend=to_numbers(raw["spend"], where, MEND),
    )
    _refuse(frame["items"] < 1, "buys no item", where)
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
    """Tell that nobody who is inactive in the horizon spends in it."""
    return (rows["churn"] == 0) | (rows["clv"] == 0)


def windows_are_nested(rows: pd.DataFrame) -> pd.Series:
    """Tell that what falls into the last 30 days falls into the last 90; to a hundredth of a cent."""
    return (rows["orders_30d"] <= rows["orders_90d"]) & (rows["spend_30d"] <= rows["spend_90d"] + 1e-4)


def whole_period_holds_both_sides(rows: pd.DataFrame) -> pd.Series:
    """Tell that the whole period holds the last 90 days and the horizon; to a hundredth of a cent."""
    return rows["spend_whole_period"] >= rows["spend_90d"] + rows["clv"] - 1e-4


RULES = (inactive_customers_spend_nothing, windows_are_nested, whole_period_holds_both_sides)


def _as_of(purchases: pd.DataFrame, date: pd.Timestamp, months: int) -> pd.DataFrame:
    """Build the rows of one date, a row a customer in the order of ids."""
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
    """Parse the dates in rising order; each needs purchases before it and a whole horizon after it."""
    import pandas as pd

    first, last = bought.min(), bought.max()
    if months < 1 or not as_of:
        what = f"No horizon: {months} months after {len(as_of)} dates."
        raise ConfigError(describe(what, "data.as_of, data.horizon_months", "one date and one month or more"))
    dates = sorted(to_dates(pd.Series(sorted({str(each) for each in as_of}), name="as_of"), "data.as_of"))
    for date in dates:
        end = date + pd.DateOffset(months=months)
        if date <= first or end > last + pd.Timedelta(days=1):
            what = f"{months} months from {date:%Y-%m-%d} on are not between the purchases of the file."
            allowed = f"dates after {first:%Y-%m-%d} whose horizon ends by {last:%Y-%m-%d}"
            raise ConfigError(describe(what, "data.as_of, data.horizon_months", allowed))
    return dates


def _refuse(wrong: pd.Series, what: str, where: str) -> None:
    """Refuse the first purchase that is marked wrong."""
    if wrong.any():
        row = int(wrong.to_numpy().argmax()) + 1
        raise DataError(describe(f"Purchase {row} {what}.", where, " ".join(FIELDS), MEND))


def _packaged() -> Path:
    """Return where the extra keeps the purchases; finding it does not import it."""
    spec = find_spec("lifetimes")
    places = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    files = [place / "datasets" / "CDNOW_master.txt" for place in places]
    if not files or not files[0].is_file():
        what = "The purchases of data=cdnow are in the package lifetimes, which is not installed."
        raise DataError(describe(what, "data=cdnow", "the optional extra `data`, or data.path=FILE", INSTALL))
    return files[0]
