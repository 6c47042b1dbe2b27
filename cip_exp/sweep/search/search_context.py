"""What the studies of a sweep share, and how the jobs of one study are numbered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from omegaconf import DictConfig
    from optuna.trial import Trial

    from cip_exp.sweep.search.executors import Executor
    from cip_exp.sweep.search.limits import Limits
    from cip_exp.sweep.search.plan import StudyPlan
    from cip_exp.sweep.search.study_settings import StudySettings


@dataclass(frozen=True)
class SearchContext:
    """What all studies of a sweep share."""

    settings: StudySettings
    plan: StudyPlan
    config: DictConfig
    executor: Executor
    limits: Limits
    extend: Callable[[DictConfig, Trial], None] | None
    """The user's `custom_search_space`."""
    observer: Any
    sweep_dir: str

    @property
    def is_grid(self) -> bool:
        """True where nothing is searched: a grid, one trial a cell."""
        return not self.plan.space and self.extend is None


@dataclass(frozen=True)
class StudyJobs:
    """Numbers and folders of the jobs of one study."""

    sweep_dir: str
    first: int
    """The job number of trial 0."""
    per_trial: int

    def number(self, trial_number: int) -> int:
        """Return the number of a trial's first job."""
        return self.first + trial_number * self.per_trial

    def folder(self, trial_number: int) -> str:
        """Return the folder that a trial's first job has by default."""
        return f"{self.sweep_dir}/{self.number(trial_number)}"
