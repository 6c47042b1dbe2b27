"""The customer-purchasing table: its schema, targets, lineage and feature sets.

Rows come from the embedded synthetic table, or from the public table where a path is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.data import purchasing_synthetic
from cip_exp.data.column_types import is_text, to_numbers
from cip_exp.data.csv_reader import read_csv
from cip_exp.data.digest import sha256_of
from cip_exp.errors import DataError, describe, nearest
from cip_exp.records.lineage import Lineage, Origin
from cip_exp.records.table import Table, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from numpy.typing import NDArray
    from pandera.pandas import DataFrameSchema

NUMBERS = ("user_id", "age", "annual_income", "purchase_amount", "loyalty_score", "purchase_frequency")
WHOLE = ("user_id", "age", "purchase_frequency")
COLUMNS = (*NUMBERS[:5], "region", "purchase_frequency")
REGIONS = ("North", "South", "West", "East")
RISK_QUANTILE = 0.75
"""Customers above this quantile of the churn risk score count as churning."""
NEXT_STEP = "correct the file, or leave data.path out for the embedded table"

_RISK = ("loyalty_score", "purchase_frequency")
LINEAGE = Lineage(
    {
        **{name: Origin() for name in COLUMNS},
        "region_grouped": Origin(("region",)),
        "region_North": Origin(("region_grouped",)),
        "region_South": Origin(("region_grouped",)),
        "region_West": Origin(("region_grouped",)),
        "spend_to_income_ratio": Origin(("purchase_amount", "annual_income")),
        "spend_per_purchase": Origin(("purchase_amount", "purchase_frequency")),
        "log_purchase_amount": Origin(("purchase_amount",)),
        "log_annual_income": Origin(("annual_income",)),
        "log_purchase_frequency": Origin(("purchase_frequency",)),
        "customer_value_score": Origin((*_RISK, "purchase_amount"), fitted=True),
        "churn_risk_score": Origin(_RISK, fitted=True),
        "is_high_value": Origin(("purchase_amount",), fitted=True),
        "is_loyal": Origin(("loyalty_score",), fitted=True),
        "is_frequent": Origin(("purchase_frequency",), fitted=True),
        "is_champion": Origin(("is_high_value", "is_loyal", "is_frequent")),
        "income_percentile": Origin(("annual_income",), fitted=True),
        "spending_percentile": Origin(("purchase_amount",), fitted=True),
        "growth_potential_score": Origin(("income_percentile", "spending_percentile"), fitted=True),
        "age_adjusted_percentile": Origin(("purchase_frequency", "age"), fitted=True),
        "frequency_percentile": Origin(("purchase_frequency",), fitted=True),
        "clv": Origin(("purchase_amount",)),
        "churn": Origin(("churn_risk_score",), fitted=True),
        "segments": Origin(),
    }
)

# The source system's columns in its order: a forest draws columns by position, so the order changes scores.
_SIX = ("age", "annual_income", "spend_to_income_ratio", "region_North", "region_South", "region_West")
FEATURE_SETS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("clv", "leaky"): (*_SIX, "loyalty_score", "age_adjusted_percentile", "growth_potential_score"),
    ("clv", "clean"): _SIX,
    ("churn", "leaky"): (*_SIX, "customer_value_score", "purchase_frequency", "is_loyal", "is_frequent"),
    ("churn", "clean"): (*_SIX, "purchase_frequency"),
    ("segments", "leaky"): (
        "customer_value_score", "age", "spend_to_income_ratio", "growth_potential_score",
    ),
    ("segments", "clean"): ("age", "annual_income", "spend_to_income_ratio", "purchase_frequency"),
    ("segments", "strict"): tuple(name for name in NUMBERS if name != "user_id"),
}  # fmt: skip


class Rule(NamedTuple):
    """A business rule: its name, the rows that keep it, and the text of what is allowed."""

    name: str
    column: str
    keeps: Callable[[pd.DataFrame], pd.Series]
    allowed: str


def _within(column: str, low: float, high: float) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda rows: rows[column].between(low, high)


RULES = (
    Rule("user_id_once", "user_id", lambda rows: ~rows["user_id"].duplicated(), "each user_id once"),
    Rule("user_id_positive", "user_id", lambda rows: rows["user_id"] >= 1, "whole numbers from 1"),
    Rule("age_in_years", "age", _within("age", 14, 99), "whole years from 14 to 99"),
    Rule("income_positive", "annual_income", lambda rows: rows["annual_income"] > 0, "numbers above 0"),
    Rule("amount_positive", "purchase_amount", lambda rows: rows["purchase_amount"] > 0, "numbers above 0"),
    Rule("loyalty_in_range", "loyalty_score", _within("loyalty_score", 0, 10), "numbers from 0 to 10"),
    Rule("region_known", "region", lambda rows: rows["region"].isin(REGIONS), " | ".join(REGIONS)),
    Rule("frequency_positive", "purchase_frequency", lambda rows: rows["purchase_frequency"] >= 1,
         "whole numbers from 1"),
    Rule("amount_below_income", "purchase_amount", lambda d: d["purchase_amount"] < d["annual_income"],
         "a purchase_amount below the customer's annual_income"),
)  # fmt: skip


def load(path: str | Path | None) -> Table:
    """Return the embedded table, or the table in the file `path`; surplus columns are left out.

    Raises:
        DataError: the file is unreadable, lacks a column, has text or nothing in a number column, or has a
            row that breaks one of `RULES`.
    """
    # A test checks the embedded table against `schema`, so a run does not import pandera to check it again.
    frame = (
        purchasing_synthetic.customers()
        if path is None
        else check(_columns(read_csv(path), str(Path(path))), str(Path(path)))
    )
    targets = {
        "clv": Target("clv", fit_clv, columns=("purchase_amount",)),
        "churn": Target("churn", fit_churn, fitted=True),
    }
    return Table(
        "purchasing", frame, sha256_of(frame), targets, LINEAGE, id="user_id", feature_sets=FEATURE_SETS
    )


def schema() -> DataFrameSchema:
    """Return the pandera schema: column types, and `RULES` as named checks."""
    from pandera.pandas import Check, Column, DataFrameSchema

    types = {name: "int64" if name in WHOLE else None for name in NUMBERS}
    return DataFrameSchema(
        {name: Column(types.get(name), nullable=False) for name in COLUMNS},
        checks=[Check(rule.keeps, name=rule.name, error=rule.allowed) for rule in RULES],
        strict=True,
    )


def check(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the frame with its number columns converted; raises DataError for its first fault."""
    from pandera.errors import SchemaErrors

    _refuse_missing(frame, where)
    frame = frame.assign(**{name: _numbers(frame[name], where) for name in NUMBERS})
    try:
        return schema().validate(frame, lazy=True)
    except SchemaErrors as error:
        named = {getattr(item.check, "name", None) for item in error.schema_errors}
        message = _rule_message(frame, [rule for rule in RULES if rule.name in named], where)
        raise DataError(message) from error


@dataclass(frozen=True)
class ChurnLabel:
    """The churn label, fitted on some rows, for any rows."""

    ranges: Mapping[str, tuple[float, float]]
    threshold: float

    def __call__(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """Return 1.0 for each customer whose risk score is above the threshold, else 0.0."""
        return (risk_score(rows, self.ranges) > self.threshold).astype(np.float64)


def fit_churn(rows: pd.DataFrame) -> ChurnLabel:
    """Fit the ranges of loyalty and frequency, and the upper quartile of the risk score."""
    ranges = {name: (float(rows[name].min()), float(rows[name].max())) for name in _RISK}
    return ChurnLabel(ranges, float(np.quantile(risk_score(rows, ranges), RISK_QUANTILE)))


def fit_clv(rows: pd.DataFrame) -> Callable[[pd.DataFrame], NDArray[np.float64]]:  # noqa: ARG001
    """Return the function that gives the value of each customer, purchase_amount, for any rows."""
    return partial(_values, name="purchase_amount")


def risk_score(rows: pd.DataFrame, ranges: Mapping[str, tuple[float, float]]) -> NDArray[np.float64]:
    """Return the churn risk of each row: 0 for the most loyal and frequent customer, 1 for the least."""
    loyalty, frequency = (min_max(_values(rows, name), *ranges[name]) for name in _RISK)
    return 0.5 * (1 - loyalty) + 0.5 * (1 - frequency)


def min_max(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Scale so that low becomes 0 and high becomes 1; a constant column gives zeros."""
    return (values - low) / ((high - low) or 1.0)


def _values(rows: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return rows[name].to_numpy(dtype=np.float64)


def _columns(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the columns of this table, in its order."""
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        what = f"Missing columns: {', '.join(missing)}."
        surplus = [str(name) for name in frame if name not in COLUMNS]
        step = f"rename or add the column.{nearest(missing[0], surplus)}"
        raise DataError(describe(what, where, f"a table with {', '.join(COLUMNS)}", step))
    return frame[list(COLUMNS)]


def _refuse_missing(frame: pd.DataFrame, where: str) -> None:
    for name in COLUMNS:
        empty = ~is_text(frame[name])
        if empty.any():
            what = f"{_row(empty)}: column '{name}' is empty."
            raise DataError(describe(what, where, "a value in every row", NEXT_STEP))


def _numbers(column: pd.Series, where: str) -> pd.Series:
    """Return finite numbers, as int64 where only whole ones make sense."""
    numbers = to_numbers(column, where, NEXT_STEP)
    whole = column.name in WHOLE
    # Above 2 ** 53 two neighbouring whole numbers are the same float.
    bad = ~np.isfinite(numbers) | (whole & ((numbers % 1 != 0) | (numbers.abs() > 2**53)))
    if bad.any():
        what = f"{_row(bad)}: '{column[bad].iloc[0]}' in column '{column.name}'."
        allowed = "whole numbers" if whole else "finite numbers"
        raise DataError(describe(what, where, allowed, NEXT_STEP))
    return numbers.astype("int64") if whole else numbers


def _rule_message(frame: pd.DataFrame, broken: list[Rule], where: str) -> str:
    """Write the message for broken rules: the first row of the first rule."""
    rule = broken[0]
    bad = ~rule.keeps(frame)
    value = frame.loc[bad, rule.column].iloc[0]
    others = f" Also broken: {', '.join(other.name for other in broken[1:])}." if broken[1:] else ""
    near = nearest(value, REGIONS) if rule.column == "region" else ""
    what = f"{_row(bad)}: {rule.column} is {value}, which breaks the rule {rule.name}.{others}"
    return describe(what, where, rule.allowed, f"{NEXT_STEP}.{near}")


def _row(bad: pd.Series) -> str:
    """Name the first marked row (the first below the header is 1) and the number of other marked rows."""
    first = f"Row {int(bad.to_numpy().argmax()) + 1}"
    return f"{first} (and {int(bad.sum()) - 1} more)" if bad.sum() > 1 else first
