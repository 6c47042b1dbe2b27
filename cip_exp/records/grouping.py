"""Group recorded trials by what was asked of them: overrides, axes, seeds, folds, verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cip_exp.records.trial import Trial

    Array = NDArray[np.float64]


REPLICATE_KEYS = ("seed", "seeds.replicates")
"""What tells replicates of one configuration apart."""

WORD_ORDER = ("leaky", "duplicated", "degenerate")


def scores_by_seed(trial: Trial) -> dict[int, tuple[float, ...]]:
    """Return the primary metric's fold scores of each replicate, by its seed."""
    seeds = [int(seed) for seed in trial.tags["cip.seed"].split(",")]
    scores = trial.folds[trial.primary]
    k = len(scores) // len(seeds)
    return {seed: scores[at * k : (at + 1) * k] for at, seed in enumerate(seeds)}


def independent(scores: Sequence[Array], trial: Trial) -> Array:
    """Return the scores of folds that were drawn anew; those of folds that stay are averaged over the seeds.

    Ten seeds on the same five folds vary the model, and say of the rows no more than one seed does.

    Args:
        scores: A series a replicate, shape (folds,) each.
        trial: Whose folds they are.
    """
    return np.mean(scores, axis=0) if has_fixed_folds(trial) else np.concatenate(scores)


def has_fixed_folds(trial: Trial) -> bool:
    """Tell whether every seed has the same folds."""
    params = trial.params
    if params.get("model.scored") == "in_sample" or params.get("seeds.split", "None") != "None":
        return True
    name = params.get("split.name", trial.tags.get("cip.split"))
    if name == "temporal":
        # Where time is too short its folds are shuffled, of equal size; those forward in time never are.
        shuffled = 1 / (int(params.get("split.n_splits", "5")) - 1)
        return abs(trial.test_ratio / shuffled - 1) > 0.1
    return name == "holdout"


def axis_values(trial: Trial, axes: Sequence[str]) -> tuple[str, ...]:
    """Return what the trial was asked to be on each axis; empty where it was not asked."""
    asked = overrides_of(trial)
    return tuple(asked.get(axis.lstrip("+"), "") for axis in axes)


def overrides_of(trial: Trial) -> dict[str, str]:
    """Return the overrides of a trial: key and value."""
    pairs = (override.split("=", 1) for override in trial.overrides if "=" in override)
    return {key.lstrip("+"): value for key, value in pairs}


def group_by_axes(trials: Sequence[Trial], axes: Sequence[str]) -> Mapping[tuple[str, ...], list[Trial]]:
    """Group the complete trials by their values on `axes`, in the order in which they were asked for."""
    grouped: dict[tuple[str, ...], list[Trial]] = {}
    for trial in trials:
        if trial.state == "complete":
            grouped.setdefault(axis_values(trial, axes), []).append(trial)
    return grouped


def join_verdicts(verdicts: Sequence[str]) -> str:
    """Return one verdict for several: every grave word that any has, else the gravest other one."""
    words = {word for verdict in verdicts for word in verdict.split(",")}
    grave = [word for word in WORD_ORDER if word in words]
    return ",".join(grave) or next(word for word in ("suspect", "unaudited", "ok") if word in words)
