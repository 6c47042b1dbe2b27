"""Make tables of trials: one row per trial, and one row per cell over its replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cip_exp.evaluation.metrics import metric_of
from cip_exp.evaluation.statistics import corrected_se
from cip_exp.records.grouping import (
    group_by_axes,
    has_fixed_folds,
    independent,
    join_verdicts,
    overrides_of,
    scores_by_seed,
)
from cip_exp.records.vocabulary import Tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records.trial import Trial

SUMMARY = (
    "n",
    "metric",
    "cv_mean",
    "cv_se",
    "ci_low",
    "ci_high",
    "test_mean",
    "gap_mean",
    "objective",
    "verdict",
)
"""Columns of summary.csv, in this order, after those of the swept axes."""


def axis_columns(axes: Sequence[str]) -> list[str]:
    """Return the column of each axis: its name, or `NAME.name` where a figure of the summary has that name.

    So a swept `objective` is in `objective.name`, the key that it sets.
    """
    return [f"{axis}.name" if axis in SUMMARY else axis for axis in axes]


def summary(trials: Sequence[Trial], axes: Sequence[str]) -> pd.DataFrame:
    """Return one row per cell: statistics over all folds of all its replicates.

    The standard error is Nadeau and Bengio's, over the pooled folds; the interval is its 95 % Student
    interval, cut at the metric's bounds. More seeds reduce the part of the error that the splits cause, not
    the part that the rows cause. Where all seeds have the same folds, their scores are averaged first, and
    more seeds reduce neither part.
    """
    columns = axis_columns(axes)
    rows = [
        {**dict(zip(columns, values, strict=True)), **summarise(members)}
        for values, members in group_by_axes(trials, axes).items()
    ]
    return pd.DataFrame(rows, columns=[*columns, *SUMMARY])


def summarise(trials: Sequence[Trial]) -> dict[str, Any]:
    """Return one row of the summary, for the replicates of one configuration."""
    from scipy.stats import t

    metric = trials[0].primary
    scores = np.concatenate([np.asarray(trial.folds[metric]) for trial in trials])
    if has_fixed_folds(trials[0]):
        # Ten seeds on the same five folds are five scores: counted as fifty, 95 % intervals cover 85 %.
        by_seed = [each for trial in trials for each in scores_by_seed(trial).values()]
        scores = independent([np.asarray(each) for each in by_seed], trials[0])
    mean = float(scores.mean())
    error = corrected_se(scores, float(np.mean([trial.test_ratio for trial in trials])))
    low, high = metric_of(trials[0]).bounds
    half = float(t.ppf(0.975, len(scores) - 1)) * error if len(scores) > 1 else float("nan")
    return {
        "n": sum(len(trial.tags[Tag.SEED].split(",")) for trial in trials),
        "metric": metric,
        "cv_mean": mean,
        "cv_se": error,
        "ci_low": float(np.maximum(low, mean - half)),
        "ci_high": float(np.minimum(high, mean + half)),
        "test_mean": _mean(trials, f"test_{metric}"),
        "gap_mean": _mean(trials, f"gap_{metric}"),
        "objective": float(np.mean([trial.objective for trial in trials])),
        "verdict": join_verdicts([trial.tags[Tag.VERDICT] for trial in trials]),
    }


def trials_table(trials: Sequence[Trial]) -> pd.DataFrame:
    """Return one row per trial: its overrides, how it ended, every metric."""
    rows = []
    for trial in trials:
        given = overrides_of(trial)
        overrides = dict(zip(axis_columns(list(given)), given.values(), strict=True))
        facts = {name.removeprefix("cip."): value for name, value in trial.tags.items()}
        rows.append({
            "number": trial.number, "run_id": trial.run_id, "state": trial.state,
            "seconds": trial.ended - trial.started, **overrides,
            **{name: facts[name] for name in facts if name not in overrides},
            "objective": trial.objective, **trial.metrics, "error": trial.error,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _mean(trials: Sequence[Trial], name: str) -> float:
    values = [trial.metrics[name] for trial in trials if name in trial.metrics]
    return float(np.mean(values)) if values else float("nan")
