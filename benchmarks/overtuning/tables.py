"""Real tables of at least 1,000 rows, divided into a small training sample and thousands of unseen rows.

They were chosen by hand, before any measurement, as similar to a customer table (people, households, orders;
five columns or more; classes of 10 to 90 %). The half of a table follows from the leakage benchmark's hash of
its name (`Entry.half`); the customer tables Telco, credit_data and CDNOW are in the quoted half in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from benchmarks.leakage.datasets import catalogue, load
from cip_exp.evaluation.seeds import child

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Index = NDArray[np.int64]

Half = Literal["quoted", "tuning"]

TABLES: dict[Half, tuple[str, ...]] = {
    "quoted": (
        *("modeldata/wa_churn", "modeldata/credit_data", "AER/HealthInsurance", "AER/SmokeBan"),
        *("Ecdat/Benefits", "Stat2Data/Kershaw", "carData/BEPS", "wooldridge/recid", "modeldata/hpc_data"),
        *("cdnow", "wooldridge/k401ksubs", "mosaicData/SaratogaHouses", "modeldata/deliveries"),
        *("AER/CPS1988", "wooldridge/airfare", "ggplot2/diamonds"),
    ),
    "tuning": (
        *("AER/CreditCard", "Ecdat/Catsup", "ISLR/OJ", "carData/Chile", "openintro/smoking"),
        *("stevedata/TV16", "survival/flchain", "survival/rotterdam", "modeldata/cells", "psych/bfi"),
        *("survival/mgus2", "causaldata/adult_services"),
        *("ISLR/Wage", "AER/NMES1988", "wooldridge/card", "wooldridge/beauty", "Ecdat/Computers"),
        *("modeldata/ames", "modeldata/hotel_rates", "stevedata/gss_wages"),
    ),
}
TRUTH_ROWS = 3_000
LEVELS = 10
"""A text column with more levels becomes one column of numbers, in alphabetical order of its levels."""


@dataclass(frozen=True, eq=False)
class Rows:
    """One table as numbers."""

    name: str
    task: Literal["churn", "clv"]
    X: Array
    """Shape (n, p), without missing values."""
    y: Array


@dataclass(frozen=True, eq=False)
class Sample:
    """A training sample of a user's size, and the unseen rows for the true score."""

    rows: Rows
    size: int
    replicate: int
    train: Index
    """Rows of the search."""
    holdout: Index
    """The holdout: a quarter as many rows as the search has."""
    truth: Index
    """Up to 3,000 unseen rows, for the true score."""


@cache
def read(name: str) -> Rows:
    """Read one table: texts as columns of 0 and 1, missing values as the column's median."""
    if name == "cdnow":
        return _cdnow()
    entry = next(each for each in catalogue() if each.name == name)
    data = load(entry)
    return Rows(name, data.task, _numbers(data.X), data.y)


def draw(rows: Rows, size: int, replicate: int) -> Sample:
    """Draw one training sample; another replicate is another sample of the same customers."""
    rng = np.random.default_rng(child(replicate, f"{rows.name} {size}"))
    order = rng.permutation(len(rows.y))
    train, holdout, rest = np.split(order, [size, size + size // 4])
    return Sample(rows, size, replicate, train, holdout, rest[:TRUTH_ROWS])


def _numbers(X: pd.DataFrame) -> Array:
    parts: list[pd.DataFrame | pd.Series] = []
    for name in X:
        column = X[name]
        if column.dtype.kind in "iuf":
            parts.append(column.astype(float).fillna(column.median()))
        elif column.nunique() <= LEVELS:
            parts.append(pd.get_dummies(column, prefix=str(name), dtype=float))
        else:
            parts.append(column.astype("category").cat.codes.astype(float))
    return np.ascontiguousarray(pd.concat(parts, axis=1).to_numpy(dtype=np.float64))


def _cdnow() -> Rows:
    from cip_exp.data import cdnow

    frame = cdnow.load(as_of=("1997-07-01",)).frame
    columns = list(cdnow.HISTORIES["rates"])
    return Rows("cdnow", "clv", np.ascontiguousarray(frame[columns].to_numpy(float)), frame["clv"].to_numpy())
