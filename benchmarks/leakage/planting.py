"""The records and helpers of all leaks: the case with its split, and noise on the target.

There are three strengths: `full` contains the target (nearly) exactly; `strong` and `weak` contain it with
noise or on a part of the rows. Each raises a model's score by the gain that `gain.py` measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from benchmarks.leakage.datasets import DataSet, varying

if TYPE_CHECKING:
    import pandas as pd

Strength = Literal["full", "strong", "weak"]
STRENGTHS: tuple[Strength, ...] = ("full", "strong", "weak")
HOST_ROWS, HOST_COLUMNS = 1_000, 20
TEST_SHARE = 0.2
PLANTED = "planted"

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SplitData:
    """A table with a target and one split into two sides: the input of a detector."""

    data: DataSet
    test: NDArray[np.bool_]
    """Shape (n,): True on the test side."""
    groups: NDArray[np.int64] | None = None
    time: Floats | None = None
    """Shape (n,): days."""


@dataclass(frozen=True, eq=False)
class Planted:
    """One case of the benchmark: data with a leak in it, or the control without the leak."""

    kind: str
    strength: str
    """`full`, `strong`, `weak`, or `control`."""
    split_data: SplitData
    columns: tuple[str, ...] = field(default=())
    """The columns that leak, or that the procedure made; none for a procedure on rows."""


def host(data: DataSet) -> DataSet:
    """Return the data set in which leaks are planted: at most 1,000 rows and 20 columns.

    The first two numeric columns are kept, the others are drawn at random.
    """
    rng = np.random.default_rng(len(data.y))
    X, y = data.X, data.y
    if len(y) > HOST_ROWS:
        rows = np.sort(rng.choice(len(y), HOST_ROWS, replace=False))
        X, y = X.iloc[rows].reset_index(drop=True), y[rows]
    if X.shape[1] > HOST_COLUMNS:
        kept = set(data.numeric[:2]) | set(rng.choice(X.columns, HOST_COLUMNS - 2, replace=False))
        X = X[[name for name in X if name in kept]]
    return DataSet(data.name, varying(X), y, data.task)


def random_test(n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return True for a random fifth of the rows, shape (n,)."""
    test = np.zeros(n, dtype=bool)
    test[rng.choice(n, round(n * TEST_SHARE), replace=False)] = True
    return test


def with_column(data: DataSet, values: Floats | pd.Series) -> DataSet:
    """Return the data set with the planted column in the middle, where its position shows nothing."""
    X = data.X.copy()
    X.insert(X.shape[1] // 2, PLANTED, values)
    return replace(data, X=X)


def normal_scores(values: Floats, rng: np.random.Generator) -> Floats:
    """Return the normal scores of the ranks, ties broken at random, shape (n,)."""
    order = (
        rankdata(values + 0.0, method="ordinal") if not _has_ties(values) else _rank_at_random(values, rng)
    )
    return np.asarray(norm.ppf((order - 0.5) / len(values)))


def _has_ties(values: Floats) -> bool:
    return bool(np.unique(values).size < len(values))


def _rank_at_random(values: Floats, rng: np.random.Generator) -> Floats:
    return np.argsort(np.lexsort((rng.random(len(values)), values))).astype(float) + 1


def noisy_target(data: DataSet, sigma: float, swap: float, rng: np.random.Generator) -> Floats:
    """Return the target with noise, in its own units, shape (n,).

    clv: the target's own values, in the order of their normal scores plus `sigma` times a normal number.
    churn: the label, with a share `swap` of the positives set to 0 and as many negatives set to 1.
    """
    y = data.y
    if data.task == "clv":
        return (
            y.copy()
            if sigma == 0
            else np.sort(y)[_rank(normal_scores(y, rng) + sigma * rng.normal(size=len(y)))]
        )
    out = y.copy()
    ones, zeros = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    k = min(round(swap * len(ones)), len(zeros))
    out[rng.choice(ones, k, replace=False)] = 0.0
    out[rng.choice(zeros, k, replace=False)] = 1.0
    return out


def _rank(values: Floats) -> NDArray[np.int64]:
    return np.argsort(np.argsort(values))


def event(data: DataSet) -> NDArray[np.bool_]:
    """Return who had the event: the positives, or the target's top quarter, shape (n,)."""
    return data.y == 1 if data.task == "churn" else data.y > np.quantile(data.y, 0.75)


Inject = Callable[[DataSet, int, np.random.Generator], "Planted | None"]
"""From data, a strength (0 full, 1 strong, 2 weak) and a generator; None where the leak is impossible."""
