"""Compare a configuration with the baselines, fold by fold; nothing is fitted and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation.metrics import TASKS
from cip_exp.evaluation.statistics import corrected_se, corrected_t
from cip_exp.records.baseline_scores import BaselineComparison, BaselineScores, ComparedModel, is_dummy
from cip_exp.records.grouping import independent
from cip_exp.records.vocabulary import BASELINE, DUMMY, Tag, cv_metric
from cip_exp.trial.score_baselines import is_untuned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.records.trial import Trial

    Array = NDArray[np.float64]


def compare_with_baselines(
    members: Sequence[Trial], scored: Sequence[Sequence[BaselineScores]], setting: str = "",
    question: str = "",
) -> ComparedModel | None:  # fmt: skip
    """Compare a configuration with the better dummy and with the untuned model.

    None for segments, and where the folds of a trial are not those of the baselines.

    Args:
        members: its trials, one for each seed.
        scored: for each of them, the baselines on its folds.
        setting: see `ComparedModel`.
        question: see `ComparedModel`.
    """
    first = members[0]
    if not all(scored) or not all(map(_same_folds, members, scored)):
        return None
    itself = all(map(is_untuned, members))
    used = [
        _better_dummy(members, scored),
        *(at for at, each in enumerate(scored[0]) if each.kind != "dummy"),
    ]
    comparisons = [_compare(members, [each[at] for each in scored]) for at in used]
    names = TASKS[first.task].metrics
    return ComparedModel(
        number=first.number,
        model=first.tags[Tag.MODEL],
        setting=setting,
        question=question,
        task=first.task,
        metric=first.primary,
        verdict=first.tags[Tag.VERDICT],
        means={
            name: _mean([each.metrics.get(cv_metric(name), np.nan) for each in members]) for name in names
        },
        comparisons=tuple(each for each in comparisons if each.kind == "dummy" or not itself),
        is_dummy=is_dummy(first),
        is_untuned=itself,
    )


def baseline_metrics(scored: Sequence[BaselineScores], compared: ComparedModel) -> dict[str, float]:
    """Return one trial's scores of the baselines that it was compared with, under the recorded names."""
    prefix = {each.name: DUMMY if each.kind == "dummy" else BASELINE for each in compared.comparisons}
    means = {
        f"{prefix[each.name]}{metric}": _mean(scores)
        for each in scored
        if each.name in prefix
        for metric, scores in each.folds.items()
    }
    return {name: value for name, value in means.items() if np.isfinite(value)}


def _same_folds(trial: Trial, scored: Sequence[BaselineScores]) -> bool:
    own = trial.folds.get(trial.primary, ())
    return all(len(each.folds.get(trial.primary, ())) == len(own) > 0 for each in scored)


def _better_dummy(members: Sequence[Trial], scored: Sequence[Sequence[BaselineScores]]) -> int:
    """Return the position of the dummy with the best mean of the primary metric, over all members.

    Of equal ones, calling everyone a churner comes first where the metric is one of predicted classes: with
    churners in the majority both are the same.
    """
    first = members[0]
    metric = TASKS[first.task].metrics[first.primary]
    sign = 1.0 if metric.greater_is_better else -1.0
    dummies = [at for at, each in enumerate(scored[0]) if each.kind == "dummy"]
    if metric.needs == "score":
        dummies.reverse()
    means = [_mean([s for each in scored for s in each[at].folds[first.primary]]) for at in dummies]
    return dummies[int(np.argmax([sign * mean if np.isfinite(mean) else -np.inf for mean in means]))]


def _compare(members: Sequence[Trial], scores: Sequence[BaselineScores]) -> BaselineComparison:
    """Compare by the corrected paired test; seeds with the same folds are averaged first."""
    first, baseline = members[0], scores[0]
    metrics = TASKS[first.task].metrics
    ratio = float(np.mean([each.test_ratio for each in members]))
    sign = 1.0 if metrics[first.primary].greater_is_better else -1.0
    ahead = [
        sign * (np.asarray(trial.folds[trial.primary]) - np.asarray(each.folds[trial.primary]))
        for trial, each in zip(members, scores, strict=True)
    ]
    found = corrected_t(_pooled(members, ahead), ratio)
    pooled = {name: _pooled(members, [np.asarray(each.folds[name]) for each in scores]) for name in metrics}
    defined = {name: values[np.isfinite(values)] for name, values in pooled.items()}
    return BaselineComparison(
        kind=baseline.kind,
        name=baseline.name,
        label=baseline.label,
        means={name: _mean(values) for name, values in defined.items()},
        errors={name: corrected_se(values, ratio) for name, values in defined.items()},
        difference=found.difference,
        low=found.low,
        high=found.high,
    )


def _pooled(members: Sequence[Trial], values: Sequence[Array]) -> Array:
    """Return the independent values of all seeds of all members."""
    by_seed = [
        part
        for trial, own in zip(members, values, strict=True)
        for part in np.split(own, len(trial.tags[Tag.SEED].split(",")))
    ]
    return independent(by_seed, members[0])


def _mean(values: Sequence[float] | Array) -> float:
    defined = [value for value in values if np.isfinite(value)]
    return float(np.mean(defined)) if defined else float("nan")


def tags_of_comparison(compared: ComparedModel) -> dict[str, str]:
    """Return the tag that says whether a model beats the baselines."""
    return {Tag.BEATS_BASELINE: compared.beats}
