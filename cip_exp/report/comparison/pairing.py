"""Pair the fold scores of two arms: only scores of the same rows, held out in the same folds, are paired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation import statistics
from cip_exp.evaluation.metrics import TASKS
from cip_exp.records.grouping import independent
from cip_exp.records.vocabulary import Tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.evaluation.statistics import Comparison
    from cip_exp.records.trial import Trial
    from cip_exp.report.comparison.arms import Arm

    Array = NDArray[np.float64]

FOLD_KEYS = (
    "data.target",
    "data.task",
    "data.positive",
    "data.group",
    "data.time",
    "seeds.split",
    "seeds.holdout",
)
"""Keys, besides those of `split`, that decide which row is in which fold and what it is scored against."""


@dataclass(frozen=True)
class ScoreDifference:
    """How much better the second arm is than the first, in the metric's own direction."""

    comparison: Comparison
    paired: bool
    seeds: int
    """Number of replicates that were compared."""
    first: float
    second: float
    """Mean scores over the folds that were compared."""
    note: str = ""


def compare_arms(first: Arm, second: Arm, *, unpaired: bool = False) -> ScoreDifference | str:
    """Compare two arms on the seeds they share; return the reason instead where they share no folds.

    Args:
        first: The arm to which the second is compared.
        second: The arm whose gain over the first is measured.
        unpaired: Compare arms of the same metric and different rows or folds as independent.
    """
    reason = why_not_paired(first.first, second.first)
    a, b = first.scores(), second.scores()
    shared = [seed for seed in a if seed in b and len(a[seed]) == len(b[seed])]
    if not reason and not shared:
        reason = f"no seed in common: {_seed_list(a)} against {_seed_list(b)}"
    if not reason:
        return _paired(first, second, shared)
    if unpaired and _task_and_metric(first.first) == _task_and_metric(second.first):
        return _unpaired(first, second, reason)
    return reason


def why_not_paired(first: Trial, second: Trial) -> str:
    """Return why the folds of two trials are not the same; empty where they are."""
    one_task, other_task = _task_and_metric(first), _task_and_metric(second)
    for what, one, other in zip(("task", "metric"), one_task, other_task, strict=True):
        if one != other:
            return f"{what}: {one} against {other}"
    one, other = (trial.tags[Tag.DATA_SHA256] for trial in (first, second))
    if one != other:
        names = [trial.tags[Tag.DATA] for trial in (first, second)]
        return f"the tables differ: {names[0]} {one[:8]} against {names[1]} {other[:8]} (SHA-256)"
    a, b = _fold_settings(first), _fold_settings(second)
    for key in sorted({*a, *b}, key=lambda key: (key != "split.name", key)):
        if a.get(key) != b.get(key):
            return f"{key}: {a.get(key, 'null')} against {b.get(key, 'null')}"
    return ""


def _paired(first: Arm, second: Arm, shared: Sequence[int]) -> ScoreDifference:
    a, b = first.scores(), second.scores()
    gains = [_gain(second.first, b[seed], a[seed]) for seed in shared]
    ratio = (first.test_ratio + second.test_ratio) / 2
    comparison = statistics.corrected_t(independent(gains, first.first), ratio)
    known = [np.isfinite(each) for each in gains]
    means = [
        float(np.mean(np.concatenate([arm[seed][k] for seed, k in zip(shared, known, strict=True)])))
        for arm in (a, b)
    ]
    left = max(len(a), len(b)) - len(shared)
    note = f"seeds that only one side has, left out: {left}" if left else ""
    return ScoreDifference(comparison, True, len(shared), means[0], means[1], _notes(first, second, note))


def _unpaired(first: Arm, second: Arm, reason: str) -> ScoreDifference:
    a, b = (independent(list(arm.scores().values()), arm.first) for arm in (first, second))
    # Where less is better the sign is changed, so that second minus first is a gain.
    signed = [_gain(first.first, each, np.zeros_like(each)) for each in (a, b)]
    comparison = statistics.unpaired_t(signed[0], signed[1], (first.test_ratio, second.test_ratio))
    seeds = min(len(first.scores()), len(second.scores()))
    same = first.first.tags[Tag.DATA_SHA256] == second.first.tags[Tag.DATA_SHA256]
    note = f"not paired ({reason})" + ("; the rows are the same, so the interval is too wide" if same else "")
    means = float(np.nanmean(a)), float(np.nanmean(b))
    return ScoreDifference(comparison, False, seeds, *means, _notes(first, second, note))


def _notes(first: Arm, second: Arm, note: str) -> str:
    notes = [note] if note else []
    notes += [f"{arm.name}: {arm.note}" for arm in (first, second) if arm.note]
    features = {arm.first.params.get("features.name") for arm in (first, second)}
    if first.first.task == "segments" and len(features) > 1:
        notes.append("silhouettes of different features measure different distances")
    return "; ".join(notes)


def _gain(trial: Trial, second: Array, first: Array) -> Array:
    """Return how much better the second is, fold by fold."""
    metric = TASKS[trial.task].metrics[trial.primary]
    return np.array([metric.gap(b, a) for a, b in zip(first, second, strict=True)])


def _task_and_metric(trial: Trial) -> tuple[str, str]:
    return trial.task, trial.primary


def _fold_settings(trial: Trial) -> dict[str, str]:
    """Return the parameters that decide the folds; `model.scored` too where the rows fitted on are scored."""
    settings = {
        key: value
        for key, value in trial.params.items()
        if (key.startswith("split.") or key in FOLD_KEYS) and value != "None"
    }
    scored = trial.params.get("model.scored")
    return settings | ({"model.scored": scored} if scored == "in_sample" else {})


def _seed_list(seeds: dict[int, Array]) -> str:
    listed = [str(seed) for seed in seeds]
    return ",".join(listed if len(listed) < 6 else [*listed[:5], "…"])
