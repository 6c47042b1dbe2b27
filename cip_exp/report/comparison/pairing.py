"""Which scores may be subtracted from each other: only those of the same rows, held out in the same folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation import statistics
from cip_exp.evaluation.metrics import TASKS
from cip_exp.records.grouping import independent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.evaluation.statistics import Comparison
    from cip_exp.records.trial import Trial
    from cip_exp.report.comparison.arms import Arm

    Array = NDArray[np.float64]

ROLES = (
    "data.target",
    "data.task",
    "data.positive",
    "data.group",
    "data.time",
    "seeds.split",
    "seeds.holdout",
)
"""Keys besides those of `split` that decide which row is in which fold, and what it is scored against."""


@dataclass(frozen=True)
class ScoreDifference:
    """How much better the second arm is than the first, in the metric's own direction."""

    found: Comparison
    paired: bool
    seeds: int
    """Replicates that count."""
    first: float
    second: float
    """Mean scores over the folds that count."""
    note: str = ""


def compare(first: Arm, second: Arm, *, unpaired: bool = False) -> ScoreDifference | str:
    """Compare two arms on the seeds they share; the reason, where they share no folds.

    Args:
        first: The arm that is improved upon, or not.
        second: The other one.
        unpaired: Compare as independent what has the same metric and different rows or folds.
    """
    reason = unlike(first.first, second.first)
    a, b = first.scores(), second.scores()
    shared = [seed for seed in a if seed in b and len(a[seed]) == len(b[seed])]
    if not reason and not shared:
        reason = f"no seed in common: {_listed(a)} against {_listed(b)}"
    if not reason:
        return _paired(first, second, shared)
    if unpaired and _question(first.first) == _question(second.first):
        return _unpaired(first, second, reason)
    return reason


def unlike(first: Trial, second: Trial) -> str:
    """Return why the folds of two trials are not the same ones; empty where they are."""
    for what, one, other in zip(("task", "metric"), _question(first), _question(second), strict=True):
        if one != other:
            return f"{what}: {one} against {other}"
    one, other = (trial.tags["cip.data_sha256"] for trial in (first, second))
    if one != other:
        names = [trial.tags["cip.data"] for trial in (first, second)]
        return f"the tables differ: {names[0]} {one[:8]} against {names[1]} {other[:8]} (SHA-256)"
    laid = [_layout(trial) for trial in (first, second)]
    for key in sorted({*laid[0], *laid[1]}, key=lambda key: (key != "split.name", key)):
        if laid[0].get(key) != laid[1].get(key):
            return f"{key}: {laid[0].get(key, 'null')} against {laid[1].get(key, 'null')}"
    return ""


def _paired(first: Arm, second: Arm, shared: Sequence[int]) -> ScoreDifference:
    a, b = first.scores(), second.scores()
    gains = [_gain(second.first, b[seed], a[seed]) for seed in shared]
    ratio = (first.test_ratio + second.test_ratio) / 2
    found = statistics.corrected_t(independent(gains, first.first), ratio)
    known = [np.isfinite(each) for each in gains]
    means = [
        float(np.mean(np.concatenate([arm[seed][k] for seed, k in zip(shared, known, strict=True)])))
        for arm in (a, b)
    ]
    left = max(len(a), len(b)) - len(shared)
    note = f"{left} seeds of one side have no partner" if left else ""
    return ScoreDifference(found, True, len(shared), means[0], means[1], _notes(first, second, note))


def _unpaired(first: Arm, second: Arm, reason: str) -> ScoreDifference:
    a, b = (independent(list(arm.scores().values()), arm.first) for arm in (first, second))
    # A metric where less is better is turned round, so that the second less the first is a gain.
    turned = [_gain(first.first, each, np.zeros_like(each)) for each in (a, b)]
    found = statistics.unpaired_t(turned[0], turned[1], (first.test_ratio, second.test_ratio))
    seeds = min(len(first.scores()), len(second.scores()))
    same = first.first.tags["cip.data_sha256"] == second.first.tags["cip.data_sha256"]
    note = f"not paired ({reason})" + (", so too cautious: the rows are the same" if same else "")
    means = float(np.nanmean(a)), float(np.nanmean(b))
    return ScoreDifference(found, False, seeds, *means, _notes(first, second, note))


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


def _question(trial: Trial) -> tuple[str, str]:
    return trial.task, trial.primary


def _layout(trial: Trial) -> dict[str, str]:
    """Return what lays the folds out, by key; `model.scored` where rows are scored that were fitted on."""
    laid = {
        key: value
        for key, value in trial.params.items()
        if (key.startswith("split.") or key in ROLES) and value != "None"
    }
    scored = trial.params.get("model.scored")
    return laid | ({"model.scored": scored} if scored == "in_sample" else {})


def _listed(seeds: dict[int, Array]) -> str:
    listed = [str(seed) for seed in seeds]
    return ",".join(listed if len(listed) < 6 else [*listed[:5], "…"])
