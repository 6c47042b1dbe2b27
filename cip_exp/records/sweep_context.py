"""The context of a sweep, passed to its trials in other processes by one environment variable."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "CIP_SWEEP"
OPEN_HOLDOUT_AXES = ("seed", "features", "data", "split", "audit")
"""A grid over only these axes compares no models, so every trial may open the holdout."""


@dataclass(frozen=True)
class SweepContext:
    """One `-m` run."""

    folder: str
    axes: tuple[str, ...]
    """Swept keys, `seed` left out; in a search only those of the outer grid."""
    search: bool
    parent_id: str | None = None
    hyperparameters: tuple[str, ...] = ()
    """Keys that a search varies."""
    workers: int = 1
    """Processes that a search may use at a time."""
    files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the files that the cells were read from, by path as given."""

    @property
    def path(self) -> Path:
        """The sweep's folder."""
        return Path(self.folder)

    @property
    def open_holdout(self) -> bool:
        """Return whether every trial opens the holdout; if not, only the winner does."""
        return not self.search and all(axis.split(".")[0] in OPEN_HOLDOUT_AXES for axis in self.axes)

    def text(self) -> str:
        """Return the value of the environment variable."""
        return json.dumps(asdict(self))

    def overrides(self) -> tuple[str, str]:
        """Return the Hydra overrides that pass this context and its folder to the jobs of any launcher.

        Without the folder, each job would compute its name again from environment, clock and study name.
        """
        return (
            f"++hydra.job.env_set.{VARIABLE}={_quoted(self.text())}",
            f"hydra.sweep.dir={_quoted(self.folder)}",
        )


def _quoted(text: str) -> str:
    """Quote a text for Hydra's grammar, in which a backslash is an escape only before a quote."""
    inner = re.sub(r"(\\*)'", r"\1\1\\'", text)
    return "'" + re.sub(r"(\\+)$", r"\1\1", inner) + "'"


def current() -> SweepContext | None:
    """Return the context of the sweep whose trial this process runs; None in a single run."""
    text = os.environ.get(VARIABLE)
    if not text:
        return None
    values: dict[str, Any] = json.loads(text)
    frozen: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
    return SweepContext(**frozen)
