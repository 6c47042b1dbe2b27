"""Schemas of the settings that change no trial's score: confirm, refit, audit, track."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from cip_exp.config.checks import one_of, require

EXPERIMENT = "Customer_Intelligence_Platform"
"""The MLflow experiment, unless `track.experiment` names another."""


@dataclass(frozen=True)
class ConfirmSettings:
    """The key `confirm`: how a search scores its best trials again before it reports a winner."""

    top: int = 5
    """Number of trials that are scored again on fresh splits; 0 for none."""
    repeats: int = 4
    """Number of fresh splits for each of them."""
    alpha: float = 0.2
    """Level of the paired, corrected test that drops a candidate before its last fold; 0 drops none."""
    margin: float | None = None
    """The model's own parameters, if tried, win unless beaten by more than this number of standard errors."""

    def check(self) -> None:
        """Check ranges."""
        margin = self.margin
        ok = margin is None or 0 <= margin <= 10
        require(ok, "confirm.margin", margin, "standard errors, 0 to 10, or null")
        step = "confirm.top=5 scores the best five again"
        ok = margin is None or self.top > 0
        require(ok, "confirm.margin", margin, "null with confirm.top=0", step)
        require(0 <= self.top <= 100, "confirm.top", self.top, "a whole number, 0 to 100")
        require(1 <= self.repeats <= 100, "confirm.repeats", self.repeats, "a whole number, 1 to 100")
        require(0 <= self.alpha < 0.5, "confirm.alpha", self.alpha, "a level from 0 to 0.5")


@dataclass(frozen=True)
class RefitSettings:
    """The key `refit`: the last fit, on all rows outside the holdout."""

    seeds: int | None = None
    """Number of fits with different seeds that are averaged; null: five for a search's winner, else one."""

    def check(self) -> None:
        """Check ranges."""
        ok = self.seeds is None or 1 <= self.seeds <= 100
        require(ok, "refit.seeds", self.seeds, "a whole number, 1 to 100, or null")


@dataclass(frozen=True)
class AuditSettings:
    """The `audit` group."""

    name: str = "warn"
    ignore: list[str] = field(default_factory=list)
    """Codes or ids of checks, with `:COLUMN` or without; the audit refuses unknown ones."""

    def check(self) -> None:
        """Check ranges."""
        one_of("audit.name", self.name, ("warn", "strict", "off"))


@dataclass(frozen=True)
class TrackSettings:
    """The `track` group."""

    name: str = "sqlite"
    uri: str | None = None
    experiment: str = EXPERIMENT
    log_models: str = "winner"
    reuse: bool = False
    """Reuse complete trials of the same configuration, data, seeds and code."""
    report: bool = True
    """Write report.html at the end of a sweep; scripts/report.py writes it at any time."""

    def check(self) -> None:
        """Check ranges."""
        one_of("track.name", self.name, ("sqlite", "server", "off"))
        one_of("track.log_models", self.log_models, ("none", "winner", "all"))
        require(bool(self.experiment.strip()), "track.experiment", self.experiment.strip(), "a name")
        named = self.uri or os.environ.get("MLFLOW_TRACKING_URI")
        require(
            self.name != "server" or bool(named), "track.uri", self.uri, "the address of an MLflow server",
            "give track.uri=http://… or set MLFLOW_TRACKING_URI",
        )  # fmt: skip
