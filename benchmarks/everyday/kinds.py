"""What a kind of leak is made from, what it makes, and the strengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.leakage.planting import event, normal_scores

if TYPE_CHECKING:
    from benchmarks.leakage.datasets import DataSet

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Columns = Sequence["Floats | pd.Series"]
STRENGTHS = ("full", "strong", "weak")
SHARES = (1.0, 0.8, 0.5)
"""Share of the event's rows that a mark is on, by strength."""
STRAYS = (0.0, 0.01, 0.03)
"""Share of the other rows that have the mark too."""


@dataclass(frozen=True, eq=False)
class Given:
    """A table, the strength (0 full, 1 strong, 2 weak) and the random numbers of one case."""

    data: DataSet
    at: int
    rng: np.random.Generator

    @property
    def n(self) -> int:
        return len(self.data.y)

    @property
    def amounts(self) -> bool:
        return self.data.task == "clv"

    @cached_property
    def event(self) -> Bools:
        """Who has the event, shape (n,): the positives, or the top quarter of an amount."""
        return event(self.data)

    @cached_property
    def money(self) -> Floats:
        """The target as an amount of at least 0, median about 100, shape (n,); 0 and 1 for a label."""
        if not self.amounts:
            return self.data.y
        shifted = self.data.y - min(0.0, float(self.data.y.min()))
        return np.asarray(100 * shifted / max(float(np.median(shifted)), 1e-9))

    @cached_property
    def order(self) -> Floats:
        """The normal scores of the target, ties at random, shape (n,)."""
        return normal_scores(self.data.y, self.rng)

    def marked(self, shares: Sequence[float] = SHARES, strays: Sequence[float] = STRAYS) -> Bools:
        """Choose a share of the event's rows, and a few of the others, shape (n,)."""
        share = np.where(self.event, shares[self.at], strays[self.at])
        return np.asarray(self.rng.random(self.n) < share)

    def draw(self, options: Sequence[str], weights: Sequence[float] | None = None) -> NDArray[np.object_]:
        """Draw a text for each row, shape (n,)."""
        p = None if weights is None else np.asarray(weights) / np.sum(weights)
        return self.rng.choice(np.array(options, dtype=object), self.n, p=p)

    def lognormal(self, median: float, sigma: float = 0.8) -> Floats:
        """Draw positive amounts with cents, shape (n,)."""
        return np.asarray(np.round(median * self.rng.lognormal(0, sigma, self.n), 2))

    def days(self, start: str, low: int, high: int) -> pd.Series:
        """Draw dates between `low` and `high` days after `start`, shape (n,)."""
        return add_days(start, self.rng.integers(low, high, self.n))


def add_days(start: str, days: NDArray[np.int64] | Floats) -> pd.Series:
    """Return dates `days` after a day, shape (n,)."""
    return pd.Series(pd.Timestamp(start) + pd.to_timedelta(np.asarray(days, dtype=float).round(), unit="D"))


def written(dates: pd.Series, notation: str, known: Bools | None = None) -> pd.Series:
    """Write dates as text; rows that are not `known` are empty."""
    text = dates.dt.strftime(notation).astype(object)
    return text if known is None else text.where(known)


Make = Callable[[Given], "Columns | None"]
"""Make the columns of one case; None where the table cannot hold the kind."""


@dataclass(frozen=True)
class Kind:
    """One kind of everyday leak."""

    make: Make
    types: str
    """One letter for each column: n number, t text, d date, f flag, for its neutral name."""
    churn: tuple[str, ...] = ()
    """Telling names of the columns for a label; none where the kind has no usual name."""
    amounts: tuple[str, ...] = ()
    jointly: bool = False
    """Whether the columns leak together only, so that leaving out one of them is enough."""
    tasks: tuple[Literal["churn", "clv"], ...] = ("churn", "clv")
    companions: int = 0
    """How many of the columns, the first, are honest: accusing them is not counted at all."""
    always_named: bool = False
    """Whether the columns always have their telling names, since values alone cannot tell them from honest
    columns."""

    def telling(self, task: str) -> tuple[str, ...]:
        return self.churn if task == "churn" else self.amounts
