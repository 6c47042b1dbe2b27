"""`Settings`: the checked, frozen configuration of one trial, and the names of its groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cip_exp.config.run_schemas import AuditSettings, ConfirmSettings, RefitSettings, TrackSettings
    from cip_exp.config.schemas import (
        FeatureSettings,
        ModelSettings,
        ObjectiveSettings,
        SeedSettings,
        SplitSettings,
    )

PROJECT = Path(__file__).parents[2]
"""The checkout that this package is run from."""
CONF = PROJECT / "conf"
GROUPS = ("data", "features", "split", "seeds", "model", "objective", "audit", "track")
AFTER_SEARCH = ("confirm", "refit")
"""Keys that take effect after a search; they change no trial."""


@dataclass(frozen=True)
class Settings:
    """One trial's configuration, checked."""

    seed: int
    outputs: Path
    data: Any
    """The schema of the chosen data set, such as `PurchasingData`."""
    features: FeatureSettings
    split: SplitSettings
    seeds: SeedSettings
    model: ModelSettings
    objective: ObjectiveSettings
    audit: AuditSettings
    track: TrackSettings
    confirm: ConfirmSettings
    refit: RefitSettings
    metric: str
    """The metric that trials are compared by; of the task's own where the configuration names none."""
    flat: dict[str, str]
    """The resolved configuration as recorded: one text per leaf, by its key."""
    yaml: str
    config_hash: str
    """SHA-256 of the resolved configuration without seed and paths."""

    @property
    def replicates(self) -> tuple[int, ...]:
        """The seeds inside this one trial."""
        return tuple(self.seeds.replicates) if self.seeds.replicates else (self.seed,)
