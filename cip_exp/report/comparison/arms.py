"""Find the arms of a comparison: cells of a grid over their replicates, winners of a search, single runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.errors import DataError, describe
from cip_exp.records.grouping import (
    REPLICATE_KEYS,
    axis_values,
    group_by_axes,
    join_verdicts,
    overrides_of,
    scores_by_seed,
)
from cip_exp.records.vocabulary import Tag
from cip_exp.report import load_sweep
from cip_exp.track import sweep_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cip_exp.records.trial import Trial

    Array = NDArray[np.float64]

CONFIRMED = "confirm"
"""Folder inside a search's folder: its best trials, scored again on fresh folds."""
OUTER = "split.outer"
SELECTION_NOTE = "scored on the folds that selected it"
PLAIN_AXES = ("model", "features", "data", "split")
"""Axes whose values are shown without the axis's name."""


@dataclass(frozen=True, eq=False)
class Arm:
    """One side of a comparison: replicates of one configuration."""

    name: str
    trials: tuple[Trial, ...]
    note: str = ""
    """Why its scores may be too high; empty where there is no such reason."""

    @property
    def first(self) -> Trial:
        """Its first trial, for what does not depend on the seed."""
        return self.trials[0]

    @property
    def verdict(self) -> str:
        """The verdicts of its trials, joined into one."""
        return join_verdicts([trial.tags[Tag.VERDICT] for trial in self.trials])

    @property
    def test_ratio(self) -> float:
        """The mean of n_test / n_train over its trials."""
        return float(np.mean([trial.test_ratio for trial in self.trials]))

    def scores(self) -> dict[int, Array]:
        """Return the fold scores of each replicate by its seed, shape (folds,)."""
        return {
            seed: np.array(scores) for trial in self.trials for seed, scores in scores_by_seed(trial).items()
        }


def find_arms(given: str | Path) -> list[Arm]:
    """Return the arms of a sweep, in the order of its trials; of a run or a single trial, one arm.

    Raises:
        DataError: there is no such sweep, run or trial, or none of its trials is complete.
    """
    path, trials = load_sweep.find_trials(given)
    # The winner of an outer fold estimates the search procedure; it is not a model to compare.
    complete = [t for t in trials if t.state == "complete" and t.params.get(OUTER, "None") == "None"]
    searched = [trial for trial in complete if trial.tags.get(Tag.STAGE) == "search"]
    winners = [trial for trial in complete if trial.tags.get(Tag.WINNER) == "true"]
    if not complete or (searched and not winners and len(complete) > 1):
        what = f"'{path.name}' has no {'winner' if complete else 'complete trial'} to compare"
        raise DataError(describe(what, str(path), "a sweep that has ended, or the run id of one trial"))
    if winners and len(complete) > 1:
        return _named([_confirmed(path, winner) for winner in winners])
    return _named([Arm("", tuple(members)) for members in group_by_axes(complete, swept(complete)).values()])


def swept(trials: Sequence[Trial]) -> list[str]:
    """Return the axes on which these trials differ, without seeds, in the order of the command line."""
    values: dict[str, set[str]] = {}
    overrides = [overrides_of(trial) for trial in trials]
    for key in dict.fromkeys(key for each in overrides for key in each if key not in REPLICATE_KEYS):
        values[key] = {each.get(key, "") for each in overrides}
    return [key for key, found in values.items() if len(found) > 1]


def _confirmed(path: Path, winner: Trial) -> Arm:
    """Return a search's winner with its scores on fresh folds, or with its own where there are none.

    Its own scores were the best of many, so they are too high, and more so the longer the search.
    """
    again = sweep_folder.read_trial(path / CONFIRMED, winner.number)
    if again is None or again.state != "complete":
        return Arm("", (winner,), SELECTION_NOTE)
    return Arm("", (replace(again, tags={**again.tags, Tag.VERDICT: winner.tags[Tag.VERDICT]}),))


def _named(arms: list[Arm]) -> list[Arm]:
    """Name each arm by the values on which the arms differ; a single arm by its model and features."""
    axes = swept([arm.first for arm in arms])
    searched = any(arm.first.tags.get(Tag.STAGE) for arm in arms)
    if searched:  # hyperparameters of winners do not name them
        axes = [axis for axis in axes if "." not in axis or not axis.startswith("model.")]
    names = []
    for arm in arms:
        tags, values = arm.first.tags, axis_values(arm.first, axes)
        words = [v if axis in PLAIN_AXES else f"{axis}={v}" for axis, v in zip(axes, values, strict=True)]
        names.append(" ".join(words) or f"{tags[Tag.MODEL]} {tags[Tag.FEATURES]}")
    return [replace(arm, name=name) for arm, name in zip(arms, names, strict=True)]
