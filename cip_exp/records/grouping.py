"""Group recorded trials by their overrides, axes and seeds; combine their fold scores and verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.records.vocabulary import Tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cip_exp.records.trial import Trial

    Array = NDArray[np.float64]


REPLICATE_KEYS = ("seed", "seeds.replicates")
"""Overrides in which the replicates of one configuration differ."""

WORD_ORDER = ("leaky", "duplicated", "degenerate")


def scores_by_seed(trial: Trial) -> dict[int, tuple[float, ...]]:
    """Return the primary metric's fold scores of each replicate, by its seed."""
    seeds = [int(seed) for seed in trial.tags[Tag.SEED].split(",")]
    scores = trial.folds[trial.primary]
    k = len(scores) // len(seeds)
    return {seed: scores[at * k : (at + 1) * k] for at, seed in enumerate(seeds)}


def independent(scores: Sequence[Array], trial: Trial) -> Array:
    """Return the independent fold scores: averaged over the seeds where every seed has the same folds.

    Ten seeds on the same five folds vary the model and not the rows, so they are five scores, not fifty.

    Args:
        scores: One array per replicate, shape (folds,).
        trial: The trial that was scored on these folds.
    """
    return np.mean(scores, axis=0) if has_fixed_folds(trial) else np.concatenate(scores)


def has_fixed_folds(trial: Trial) -> bool:
    """Return whether every seed has the same folds."""
    params = trial.params
    if params.get("model.scored") == "in_sample" or params.get("seeds.split", "None") != "None":
        return True
    name = params.get("split.name", trial.tags.get(Tag.SPLIT))
    if name == "temporal":
        # With too few dates the folds are shuffled and of equal size; folds forward in time are unequal.
        shuffled = 1 / (int(params.get("split.n_splits", "5")) - 1)
        return abs(trial.test_ratio / shuffled - 1) > 0.1
    return name == "holdout"


def axis_values(trial: Trial, axes: Sequence[str]) -> tuple[str, ...]:
    """Return the value of each axis among the trial's overrides; empty where it has none."""
    overrides = overrides_of(trial)
    return tuple(overrides.get(axis.lstrip("+"), "") for axis in axes)


def overrides_of(trial: Trial) -> dict[str, str]:
    """Return the values of a trial's overrides, by key."""
    pairs = (override.split("=", 1) for override in trial.overrides if "=" in override)
    return {key.lstrip("+"): value for key, value in pairs}


def group_by_axes(trials: Sequence[Trial], axes: Sequence[str]) -> Mapping[tuple[str, ...], list[Trial]]:
    """Group the complete trials by their values on `axes`, in the order of the first trial of each group."""
    grouped: dict[tuple[str, ...], list[Trial]] = {}
    for trial in trials:
        if trial.state == "complete":
            grouped.setdefault(axis_values(trial, axes), []).append(trial)
    return grouped


def join_verdicts(verdicts: Sequence[str]) -> str:
    """Return one verdict for several: all words of `WORD_ORDER` in them, else their most serious word."""
    words = {word for verdict in verdicts for word in verdict.split(",")}
    grave = [word for word in WORD_ORDER if word in words]
    return ",".join(grave) or next(word for word in ("suspect", "unaudited", "ok") if word in words)
