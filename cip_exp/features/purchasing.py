"""Features of the customer-purchasing table, fitted on the rows given to `fit` only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from cip_exp.data.purchasing_table import COLUMNS, LINEAGE, min_max, risk_score
from cip_exp.errors import ConfigError, DataError, describe, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

AGE_GROUPS = ((14, 30), (30, 45), (45, 60), (60, 100))
"""Years; the upper bound is excluded."""

QUARTERS = np.array(["0-25%", "25-50%", "50-75%", "75-100%"], dtype=object)
DECIMALS = 4
"""The source rounds its derived columns to so many decimals when it stores them."""

Learned = Mapping[str, "NDArray[np.float64]"]
"""Sorted values of the fitted rows, by name; ranges, quantiles and ranks are computed from them."""

Build = Callable[[pd.DataFrame, Learned], Any]


class PurchasingFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Transforms raw rows of the purchasing table into the named columns, in the given order.

    `rounded` rounds derived columns to four decimals, as the source stores them. `learned_` contains plain
    arrays only, so that a fitted transformer can be saved without pickle.
    """

    def __init__(self, columns: Sequence[str], rounded: bool = False) -> None:
        self.columns = columns
        self.rounded = rounded

    def fit(self, X: pd.DataFrame, y: object = None) -> PurchasingFeatures:  # noqa: ARG002
        """Learn the statistics that the columns need.

        Raises ConfigError for an unknown column, DataError for a raw column that is missing.
        """
        unknown = [name for name in self.columns if name not in (*BUILD, *COLUMNS)]
        if unknown:
            what = f"Unknown feature '{unknown[0]}'."
            step = f"correct the name.{nearest(unknown[0], (*BUILD, *COLUMNS))}"
            raise ConfigError(describe(what, "features of data=purchasing", ", ".join(BUILD), step))
        self._require(X)
        self.learned_ = _learn(X, {name for column in self.columns for name in LINEAGE.chains(column)})
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return a frame of shape (n, columns) with the index of X."""
        check_is_fitted(self, "learned_")
        self._require(X)
        return pd.DataFrame({name: self._column(name, X) for name in self.columns}, index=X.index)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return the names of the columns of `transform`."""
        return np.array(list(self.columns), dtype=object)

    def _column(self, name: str, X: pd.DataFrame) -> Any:
        if name not in BUILD:
            return X[name]
        values = BUILD[name](X, self.learned_)
        return np.round(values, DECIMALS) if self.rounded and values.dtype.kind == "f" else values

    def raw_columns(self) -> list[str]:
        """Return the raw columns that the named columns are computed from, in the table's order."""
        needed = {name for column in self.columns for name in LINEAGE.chains(column) if LINEAGE.raw(name)}
        return [name for name in COLUMNS if name in needed]

    def _require(self, X: pd.DataFrame) -> None:
        needed = sorted(self.raw_columns())
        missing = [name for name in needed if name not in X.columns]
        if missing:
            what = f"Missing columns: {', '.join(missing)}."
            raise DataError(describe(what, "rows given to PurchasingFeatures", ", ".join(needed)))


def needs_fit(columns: Sequence[str]) -> bool:
    """Return whether any of the columns depends on other rows, by its lineage."""
    chains = (name for column in columns for name in LINEAGE.chains(column))
    return any(LINEAGE[name].fitted for name in chains if name in LINEAGE)


def rank(values: NDArray[np.float64], fitted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return percentile ranks in (0, 1] among the sorted, fitted values.

    The rank of a fitted value is pandas' `rank(pct=True)`: the mean rank of equal values. The rank of a value
    between two fitted values is the middle of their ranks. Without fitted values every rank is 0.5.
    """
    if not len(fitted):
        return np.full(len(values), 0.5)
    below = np.searchsorted(fitted, values, side="left")
    up_to = np.searchsorted(fitted, values, side="right")
    return np.minimum((below + up_to + 1) / 2, len(fitted)) / len(fitted)


def _learn(rows: pd.DataFrame, names: set[str]) -> dict[str, NDArray[np.float64]]:
    """Return the sorted raw parents of every fitted column, and two statistics that are not raw columns."""
    fitted = {name for name in names if LINEAGE[name].fitted}
    raw = {parent for name in fitted for parent in LINEAGE.chains(name) if LINEAGE.raw(parent)}
    learned = {name: np.sort(_values(rows, name)) for name in sorted(raw)}
    if "growth_potential_score" in fitted:
        learned["growth"] = np.sort(_growth(rows, learned))
    if "age_adjusted_percentile" in fitted:
        for low, high in AGE_GROUPS:
            peers = rows[rows["age"].between(low, high, inclusive="left")]
            learned[f"peers {low}"] = np.sort(_values(peers, "purchase_frequency"))
    return learned


def _values(rows: pd.DataFrame, name: str) -> NDArray[np.float64]:
    return rows[name].to_numpy(dtype=np.float64)


def _unit(rows: pd.DataFrame, learned: Learned, name: str) -> NDArray[np.float64]:
    return min_max(_values(rows, name), learned[name][0], learned[name][-1])


def _growth(rows: pd.DataFrame, learned: Learned) -> NDArray[np.float64]:
    """Return the rank of income less the rank of spending."""
    income = rank(_values(rows, "annual_income"), learned["annual_income"])
    return income - rank(_values(rows, "purchase_amount"), learned["purchase_amount"])


def _growth_score(rows: pd.DataFrame, learned: Learned) -> NDArray[np.int64]:
    growth = min_max(_growth(rows, learned), learned["growth"][0], learned["growth"][-1])
    return (growth * 100).astype(np.int64)


def _value_score(rows: pd.DataFrame, learned: Learned) -> NDArray[np.float64]:
    amount, frequency, loyalty = (
        _unit(rows, learned, name) for name in ("purchase_amount", "purchase_frequency", "loyalty_score")
    )
    return 0.5 * amount + 0.25 * frequency + 0.25 * loyalty


def _risk_score(rows: pd.DataFrame, learned: Learned) -> NDArray[np.float64]:
    names = ("loyalty_score", "purchase_frequency")
    return risk_score(rows, {name: (learned[name][0], learned[name][-1]) for name in names})


def _age_adjusted(rows: pd.DataFrame, learned: Learned) -> NDArray[np.float64]:
    """Return the rank of purchase_frequency among the fitted customers of the same age group."""
    age, frequency = _values(rows, "age"), _values(rows, "purchase_frequency")
    ranks = np.full(len(rows), 0.5)
    for low, high in AGE_GROUPS:
        peers = (age >= low) & (age < high)
        ranks[peers] = rank(frequency[peers], learned[f"peers {low}"])
    return ranks


def _quarter(rows: pd.DataFrame, learned: Learned) -> NDArray[np.object_]:
    edges = np.quantile(learned["purchase_frequency"], (0.25, 0.5, 0.75))
    return QUARTERS[np.searchsorted(edges, _values(rows, "purchase_frequency"), side="left")]


def _above(name: str) -> Build:
    """Return the function that marks the rows above the upper quartile of a raw column."""
    return lambda rows, learned: _values(rows, name) > np.quantile(learned[name], 0.75)


def _percentile(name: str) -> Build:
    return lambda rows, learned: rank(_values(rows, name), learned[name])


def _log(name: str) -> Build:
    return lambda rows, _: np.log(_values(rows, name))


def _region(name: str) -> Build:
    return lambda rows, _: _grouped(rows) == name


def _grouped(rows: pd.DataFrame, _: Learned | None = None) -> NDArray[np.object_]:
    """Return the regions with East (six rows) merged into North, as in the source."""
    return rows["region"].replace("East", "North").to_numpy(dtype=object)


def _ratio(top: str, bottom: str) -> Build:
    return lambda rows, _: _values(rows, top) / _values(rows, bottom)


BUILD: Mapping[str, Build] = {
    "region_grouped": _grouped,
    "region_North": _region("North"),
    "region_South": _region("South"),
    "region_West": _region("West"),
    "spend_per_purchase": _ratio("purchase_amount", "purchase_frequency"),
    "spend_to_income_ratio": _ratio("purchase_amount", "annual_income"),
    "customer_value_score": _value_score,
    "churn_risk_score": _risk_score,
    "is_high_value": _above("purchase_amount"),
    "is_loyal": _above("loyalty_score"),
    "is_frequent": _above("purchase_frequency"),
    "is_champion": lambda rows, learned: np.logical_and.reduce(
        [BUILD[name](rows, learned) for name in LINEAGE["is_champion"].parents]
    ),
    "income_percentile": _percentile("annual_income"),
    "spending_percentile": _percentile("purchase_amount"),
    "growth_potential_score": _growth_score,
    "age_adjusted_percentile": _age_adjusted,
    "frequency_percentile": _quarter,
    "log_purchase_amount": _log("purchase_amount"),
    "log_annual_income": _log("annual_income"),
    "log_purchase_frequency": _log("purchase_frequency"),
}
"""The function that computes each derived column; raw columns are passed on unchanged."""
