"""What a sweep's parent tells its trials, in whatever process they run: through one environment variable."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

VARIABLE = "CIP_SWEEP"
OPEN_HOLDOUT_AXES = ("seed", "features", "data", "split", "audit")
"""A grid over these alone compares no models, so every trial may open the holdout."""


@dataclass(frozen=True)
class SweepContext:
    """One `-m` run."""

    folder: str
    axes: tuple[str, ...]
    """Swept keys, `seed` left out; in a search only those of the outer grid."""
    search: bool
    parent_id: str | None = None
    hyperparameters: tuple[str, ...] = ()
    """What a search varies."""
    workers: int = 1
    """Processes that a search may use at a time."""

    @property
    def path(self) -> Path:
        """The sweep's folder."""
        return Path(self.folder)

    @property
    def open_holdout(self) -> bool:
        """Tell whether each trial opens the holdout, or the winner alone."""
        return not self.search and all(axis.split(".")[0] in OPEN_HOLDOUT_AXES for axis in self.axes)

    def text(self) -> str:
        """Return the value of the environment variable."""
        return json.dumps(asdict(self))

    def overrides(self) -> tuple[str, str]:
        """Return the Hydra overrides that hand this context, and its folder, to the jobs of any launcher.

        Each job would work out the folder's name again from the environment, the clock and the study's name.
        """
        return (
            f"++hydra.job.env_set.{VARIABLE}={_quoted(self.text())}",
            f"hydra.sweep.dir={_quoted(self.folder)}",
        )


def _quoted(text: str) -> str:
    """Return the text as a quoted value of Hydra's grammar, which takes backslashes as they are elsewhere."""
    inner = re.sub(r"(\\*)'", r"\1\1\\'", text)
    return "'" + re.sub(r"(\\+)$", r"\1\1", inner) + "'"


def current() -> SweepContext | None:
    """Return the context of the sweep this process runs a trial of; None in a single run."""
    text = os.environ.get(VARIABLE)
    if not text:
        return None
    values: dict[str, Any] = json.loads(text)
    frozen: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
    return SweepContext(**frozen)
