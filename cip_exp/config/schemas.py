"""Schemas of the groups that define a trial, but `data`: one dataclass per group, with types and ranges."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

from cip_exp.config.checks import allowed_targets, is_allowed, is_seed, one_of, require
from cip_exp.records.table import TaskName  # noqa: TC001 (OmegaConf reads the annotations)

SCHEMES = ("holdout", "stratified", "kfold", "repeated", "grouped", "temporal", "nested")
OBJECTIVES = (
    "mean", "lower_bound", "gap_penalty", "repeated", "worst_seed", "pareto", "profit", "top_decile",
)  # fmt: skip
TASK_NAMES = ("clv", "churn", "segments")


@dataclass(frozen=True)
class FeatureSettings:
    """The `features` group."""

    name: str = "clean"
    fit: str = "fold"
    columns: list[str] | None = None
    impute: str = "error"
    rounded: bool = False
    many_levels: str = "target_encode"
    """What happens to text columns with many levels."""

    def check(self) -> None:
        """Check ranges."""
        one_of("features.name", self.name, ("leaky", "clean", "strict"))
        one_of("features.fit", self.fit, ("fold", "table"))
        one_of("features.impute", self.impute, ("error", "median", "mean", "most_frequent"))
        one_of("features.many_levels", self.many_levels, ("target_encode", "one_hot", "drop"))
        names = self.columns or []
        ok = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
        require(ok, "features.columns", names, "a list of names, each once, such as [age,annual_income]")


@dataclass(frozen=True)
class SplitSettings:
    """The `split` group."""

    name: str = "stratified"
    test_size: float = 0.2
    n_splits: int = 5
    n_repeats: int = 1
    twins: str = "group"
    gap_days: float | None = None
    outer_folds: list[int | None] | None = None
    """For `nested`: the values of `outer`, one search each; null is the search whose winner is kept."""
    outer: int | None = None
    """For `nested`: the outer fold that is held out in place of the holdout."""

    def check(self) -> None:
        """Check ranges."""
        one_of("split.name", self.name, SCHEMES)
        outer = self.outer
        ok = outer is None or self.name == "nested"
        require(ok, "split.outer", outer, "null, except with split=nested")
        ok = outer is None or 0 <= outer < self.n_splits
        require(ok, "split.outer", outer, f"an outer fold, 0 to {self.n_splits - 1}, or null")
        one_of("split.twins", self.twins, ("group", "keep"))
        ok = 0.05 <= self.test_size <= 0.5
        require(ok, "split.test_size", self.test_size, "a share of the rows, 0.05 to 0.5")
        ok = 2 <= self.n_splits <= 100
        require(ok, "split.n_splits", self.n_splits, "a whole number of folds, 2 to 100")
        require(1 <= self.n_repeats <= 100, "split.n_repeats", self.n_repeats, "a whole number, 1 to 100")
        gap = self.gap_days
        require(gap is None or 0 <= gap < math.inf, "split.gap_days", gap, "a number of days, or null")


@dataclass(frozen=True)
class SeedSettings:
    """The `seeds` group."""

    replicates: list[int] | None = None
    split: int | None = None
    model: int | None = None
    search: int | None = None
    holdout: int = 0

    def check(self) -> None:
        """Check ranges."""
        for item in fields(self):
            value = getattr(self, item.name)
            for seed in value if isinstance(value, list) else [value]:
                ok = seed is None or is_seed(seed)
                require(ok, f"seeds.{item.name}", value, "whole numbers from 0 to 2**32 - 1")
        drawn = self.replicates
        ok = drawn is None or 0 < len(drawn) == len(set(drawn))
        require(ok, "seeds.replicates", drawn, "one seed or more, each once, such as [0,1,2]")


@dataclass(frozen=True)
class ModelSettings:
    """The `model` group: settings of the harness, and the estimator's own parameters."""

    name: str
    task: TaskName
    target: str
    params: dict[str, Any]
    scale: bool = False
    grid: dict[str, list[Any]] = field(default_factory=dict)
    """Grid search on the training side before the evaluation, as in the source system; empty for none."""
    k_min: int = 2
    k_max: int = 8
    scored: str = "out_of_fold"

    def check(self) -> None:
        """Check ranges; the estimator checks its own parameters when it is built."""
        require(
            is_allowed(self.target), "model._target_", self.target, " | ".join(allowed_targets()),
            "set CIP_ALLOW_TARGETS=<package>. in the environment if you trust the package",
        )  # fmt: skip
        k = self.params.get("n_clusters")
        require(not isinstance(k, int) or k >= 2, "model.n_clusters", k, "2 or more, or null to choose k")
        require(2 <= self.k_min <= self.k_max, "model.k_min", self.k_min, "2 <= k_min <= k_max")
        one_of("model.scored", self.scored, ("out_of_fold", "in_sample"))


@dataclass(frozen=True)
class ObjectiveSettings:
    """The `objective` group."""

    name: str = "mean"
    multiple: float = 1.0
    weight: float = 0.2
    tolerance: float = 0.0
    repeats: int = 3
    """For `repeated`: how often the rows are split into folds again."""
    quantile: float = 0.0
    """For `worst_seed`: quantile of the replicates' means."""
    against: str = "gap"
    """For `pareto`: the second objective, `gap` or `cost`."""
    contact_cost: float = 1.0
    """For `profit`: cost of contacting one customer, the offer included; all amounts in one currency."""
    value_kept: float = 20.0
    """For `profit`: value of a churner who stays."""
    success_rate: float = 0.3
    """For `profit`: the share of contacted churners who stay."""
    capacity: float = 1.0
    """For `profit`: the largest share of the customers that can be contacted."""
    direction: Any = "maximize"
    """Read by the sweeper; one for each value that a trial returns."""

    @property
    def task(self) -> TaskName | None:
        """The only task that this objective scores; None for every task."""
        tasks: dict[str, TaskName] = {"profit": "churn", "top_decile": "clv"}
        return tasks.get(self.name)

    def check(self) -> None:
        """Check ranges."""
        one_of("objective.name", self.name, OBJECTIVES)
        one_of("objective.against", self.against, ("gap", "cost"))
        require(1 <= self.repeats <= 100, "objective.repeats", self.repeats, "a whole number, 1 to 100")
        for key in ("quantile", "success_rate", "capacity"):
            share = getattr(self, key)
            require(0 <= share <= 1, f"objective.{key}", share, "a share from 0 to 1")
        directions = ["maximize", "maximize"] if self.name == "pareto" else "maximize"
        given = list(self.direction) if self.name == "pareto" else self.direction
        require(given == directions, "objective.direction", self.direction, f"{directions}")
        for key in ("multiple", "weight", "tolerance", "contact_cost", "value_kept"):
            value = getattr(self, key)
            require(0 <= value < math.inf, f"objective.{key}", value, "a finite number of at least 0")
