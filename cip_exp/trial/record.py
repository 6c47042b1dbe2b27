"""What is recorded of a trial, by the names of CONTRACT: its metrics and its tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation import objective
from cip_exp.evaluation.metrics import TASKS
from cip_exp.evaluation.statistics import corrected_se
from cip_exp.track.provenance import git_state, versions

if TYPE_CHECKING:
    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Evaluation, Verdict


def metrics_of(evaluation: Evaluation, verdict: Verdict) -> dict[str, float]:
    """Return the metrics of CONTRACT, by the names MLflow gets."""
    metrics: dict[str, float] = {}
    validation = objective.validation_means(evaluation)
    for name, metric in TASKS[evaluation.task].metrics.items():
        scores, train = evaluation.test[name], float(np.mean(evaluation.train[name]))
        metrics[f"cv_{name}_mean"] = validation[name]
        metrics[f"cv_{name}_std"] = float(np.std(scores))
        metrics[f"cv_{name}_se"] = corrected_se(scores, evaluation.test_ratio)
        metrics[f"train_{name}"] = train
        metrics[f"gap_{name}"] = metric.gap(train, validation[name])
    return metrics | dict(evaluation.extras) | {
        "objective": verdict.objective, "fit_seconds": evaluation.fit_seconds,
    }  # fmt: skip


def tags_of(
    settings: Settings, data_sha256: str, words: str, state: str, verdict: Verdict | None
) -> dict[str, str]:
    """Return the tags of CONTRACT; `words` are the audit's of the cell, where there is no verdict."""
    commit, dirty = git_state()
    tags = {
        "cip.task": settings.model.task,
        "cip.model": settings.model.name,
        "cip.features": settings.features.name,
        "cip.split": settings.split.name,
        "cip.data": settings.data.name,
        "cip.seed": ",".join(str(seed) for seed in settings.replicates),
        "cip.config_hash": settings.config_hash,
        "cip.data_sha256": data_sha256,
        "cip.git_commit": commit,
        "cip.git_dirty": dirty,
        "cip.versions": versions(),
        "cip.state": state,
        "cip.verdict": words if verdict is None else verdict.words,
    }
    if verdict is None:
        return tags
    return tags | {
        "cip.overfit": str(verdict.overfit).lower(),
        "cip.meets_criteria": str(verdict.meets_criteria).lower(),
        "cip.band": verdict.band,
    }


SECOND_OBJECTIVE = "objective_against"
"""The metric with the second value of `objective=pareto`."""
