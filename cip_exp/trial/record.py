"""The metrics and tags that are recorded of a trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation import objective
from cip_exp.evaluation.metrics import TASKS
from cip_exp.evaluation.statistics import corrected_se
from cip_exp.records.vocabulary import (
    FIT_SECONDS,
    Tag,
    cv_metric,
    cv_se_metric,
    cv_std_metric,
    gap_metric,
    train_metric,
)
from cip_exp.track.provenance import git_state, versions

if TYPE_CHECKING:
    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Evaluation, Verdict


def metrics_of(evaluation: Evaluation, verdict: Verdict) -> dict[str, float]:
    """Return the metrics of an evaluation under the names that are recorded."""
    metrics: dict[str, float] = {}
    validation = objective.validation_means(evaluation)
    for name, metric in TASKS[evaluation.task].metrics.items():
        scores, train = evaluation.test[name], float(np.mean(evaluation.train[name]))
        metrics[cv_metric(name)] = validation[name]
        metrics[cv_std_metric(name)] = float(np.std(scores))
        metrics[cv_se_metric(name)] = corrected_se(scores, evaluation.test_ratio)
        metrics[train_metric(name)] = train
        metrics[gap_metric(name)] = metric.gap(train, validation[name])
    return metrics | dict(evaluation.extras) | {
        "objective": verdict.objective, FIT_SECONDS: evaluation.fit_seconds,
    }  # fmt: skip


def tags_of(
    settings: Settings, data_sha256: str, words: str, state: str, verdict: Verdict | None
) -> dict[str, str]:
    """Return the tags of a trial; `words` is the verdict of the data audit, used where there is no other."""
    commit, dirty = git_state()
    tags = {
        Tag.TASK: settings.model.task,
        Tag.MODEL: settings.model.name,
        Tag.FEATURES: settings.features.name,
        Tag.SPLIT: settings.split.name,
        Tag.DATA: settings.data.name,
        Tag.SEED: ",".join(str(seed) for seed in settings.replicates),
        Tag.CONFIG_HASH: settings.config_hash,
        Tag.DATA_SHA256: data_sha256,
        Tag.GIT_COMMIT: commit,
        Tag.GIT_DIRTY: dirty,
        Tag.VERSIONS: versions(),
        Tag.STATE: state,
        Tag.VERDICT: words if verdict is None else verdict.words,
    }
    if verdict is None:
        return tags
    return tags | {
        Tag.OVERFIT: str(verdict.overfit).lower(),
        Tag.MEETS_CRITERIA: str(verdict.meets_criteria).lower(),
        Tag.BAND: verdict.band,
    }
