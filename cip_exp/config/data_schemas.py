"""Schemas of the `data` group: one dataclass per data set, with types and ranges.

The fields of a schema are the keys of `conf/data/NAME.yaml`; a class variable is a fact of the data set that
no configuration can change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from omegaconf import MISSING

from cip_exp.config.checks import one_of, require
from cip_exp.records.table import TaskName  # noqa: TC001 (OmegaConf reads the annotations)


@dataclass(frozen=True)
class PurchasingData:
    """`data=purchasing`."""

    name: str = "purchasing"
    path: str | None = None


@dataclass(frozen=True)
class CsvData:
    """`data=csv`."""

    name: str = "csv"
    path: str = MISSING
    target: str = MISSING
    task: str = "churn"
    positive: str | None = None
    id: Any = None
    """A name or glob, or a list of them."""
    time: str | None = None
    group: Any = None
    """A name or glob, or a list of them: rows with the same values in all of them stay together."""
    drop: list[str] = field(default_factory=list)
    numeric: list[str] = field(default_factory=list)
    categorical: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    na: list[str] = field(default_factory=list)
    """Words that mean missing, in every column."""
    sep: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    dayfirst: bool | None = None
    unlabelled: str = "refuse"
    impute: str = "median"
    """The default of `features.impute`."""
    lineage: dict[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Check ranges."""
        require(bool(self.path), "data.path", self.path, "the path of a CSV file")
        require(bool(self.target), "data.target", self.target, "a column of the table")
        one_of("data.task", self.task, ("churn", "clv"))
        one_of("data.unlabelled", self.unlabelled, ("refuse", "drop"))
        for key, example in (("id", "[id,order_ref]"), ("group", "[age,income]")):
            given = getattr(self, key)
            names = given if isinstance(given, list) else [given or key]
            ok = all(isinstance(name, str) for name in names)
            require(ok, f"data.{key}", given, f"a column, or a list of columns, such as {example}")
        ok = self.decimal in (None, ".", ",")
        require(ok, "data.decimal", self.decimal, """ '.' or ',' """.strip(), "'data.decimal=\",\"'")


@dataclass(frozen=True)
class TelcoData:
    """`data=telco`."""

    task: ClassVar[TaskName] = "churn"
    """The only task besides segments; a schema without `task` has a target for each task."""
    name: str = "telco"
    impute: str = "median"
    """The default of `features.impute`."""


@dataclass(frozen=True)
class CdnowData:
    """`data=cdnow`."""

    name: str = "cdnow"
    path: str | None = None
    as_of: list[str] = field(default_factory=lambda: ["1997-07-01", "1998-01-01"])
    horizon_months: int = 6
    history: str = "rates"

    def check(self) -> None:
        """Check ranges."""
        one_of("data.history", self.history, ("rates", "totals"))
        require(1 <= self.horizon_months <= 12, "data.horizon_months", self.horizon_months, "1 to 12 months")
        require(len(self.as_of) > 0, "data.as_of", self.as_of, "one date or more, as YYYY-MM-DD")


@dataclass(frozen=True)
class SimulatedData:
    """`data=simulated`."""

    name: str = "simulated"
    n_customers: int = 10_000
    seed: int = 0
    leaks: bool = True

    def check(self) -> None:
        """Check ranges."""
        ok = 100 <= self.n_customers <= 10_000_000
        require(ok, "data.n_customers", self.n_customers, "100 to 10,000,000 customers")
        require(self.seed >= 0, "data.seed", self.seed, "a whole number of at least 0")


DATA_SCHEMAS: dict[str, type] = {
    "purchasing": PurchasingData,
    "csv": CsvData,
    "telco": TelcoData,
    "cdnow": CdnowData,
    "simulated": SimulatedData,
}
