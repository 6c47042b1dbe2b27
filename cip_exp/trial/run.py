"""Run one trial: load, split, fit, score, give a verdict."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from cip_exp.audit.ignore import parse_ignored, without_ignored
from cip_exp.audit.runner import after_evaluation
from cip_exp.errors import TrialError
from cip_exp.evaluation import clustering, cross_validation, objective, seeds, split
from cip_exp.evaluation.metrics import TASKS
from cip_exp.records.trial import Evaluation, Trial
from cip_exp.records.vocabulary import SECOND_OBJECTIVE, holdout_metric
from cip_exp.runtime import single_threaded
from cip_exp.trial.final import FinalModel, fit_final
from cip_exp.trial.prepare import PreparedData, build_pipeline, prepare
from cip_exp.trial.record import metrics_of, tags_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sklearn.pipeline import Pipeline

    from cip_exp.config.settings import Settings
    from cip_exp.records.table import Features


@dataclass(frozen=True, eq=False)
class TrialResult:
    """A finished trial, with what is too large to record for each one."""

    trial: Trial
    prepared: PreparedData
    evaluation: Evaluation
    final: FinalModel | None = None
    """Where the request opened the holdout."""


@dataclass(frozen=True)
class TrialRequest:
    """What a sweep wants of one trial beyond its settings."""

    number: int = 0
    overrides: tuple[str, ...] = ()
    open_holdout: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    on_fold: Callable[[float, int], bool] | None = None
    """Called with each fold's primary score, greater is better, and step; True stops the trial."""

    def stops(self, score: float, step: int) -> bool:
        """Report the score of a fold, greater is better; return True where the trial is to stop."""
        return self.on_fold is not None and self.on_fold(score, step)


@single_threaded
def run_trial(settings: Settings, request: TrialRequest | None = None) -> TrialResult:
    """Run one trial: prepare, evaluate and give a verdict; fit the final model where the holdout is opened.

    Raises:
        TrialError: a fit failed, or the objective is not a finite number.
    """
    request = request or TrialRequest()
    prepared = prepare(settings)
    started = time.time()
    try:
        pipe, found = build_pipeline(settings, prepared)
        evaluation, pruned = _evaluate(settings, prepared, pipe, request)
        evaluation = objective.add_profit(evaluation, settings.objective, prepared.split)
        verdict = objective.verdict(
            evaluation, settings.objective, *_verdict_words(settings, prepared, evaluation)
        )
        final = fit_final(settings, prepared, pipe) if request.open_holdout else None
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        msg = f"{settings.model.name}: {type(error).__name__}: {(str(error) or 'no message').splitlines()[0]}"
        raise TrialError(msg) from error
    metrics = metrics_of(evaluation, verdict) | {
        holdout_metric(m): v for m, v in (final.test if final else {}).items()
    }
    if settings.objective.name == "pareto":
        metrics[SECOND_OBJECTIVE] = objective.second_objective(evaluation, settings.objective.against)
    sha = prepared.features.table.sha256
    state: Literal["complete", "pruned"] = "pruned" if pruned else "complete"
    trial = Trial(
        state=state,
        params=settings.flat | {f"grid.{key}": str(value) for key, value in found.items()},
        tags=tags_of(settings, sha, prepared.words, state, verdict) | dict(request.tags),
        metrics={name: value for name, value in metrics.items() if np.isfinite(value)},
        folds={evaluation.primary: tuple(evaluation.test[evaluation.primary].tolist())},
        task=evaluation.task,
        primary=evaluation.primary,
        objective=verdict.objective,
        number=request.number,
        overrides=request.overrides,
        test_ratio=evaluation.test_ratio,
        config=settings.yaml,
        started=started,
        ended=time.time(),
        reasons=verdict.reasons,
        notes=evaluation.notes,
    )
    return TrialResult(trial, prepared, evaluation, final)


@single_threaded
def mean_score(settings: Settings, features: Features) -> float:
    """Return the mean primary score of a configuration on the given features, in its own direction."""
    divided = split.split_rows(features, settings.split, settings.seeds, settings.replicates)
    prepared = PreparedData(features, divided, "unaudited", ())
    pipe, _ = build_pipeline(settings, prepared)
    evaluation, _ = _evaluate(settings, prepared, pipe, TrialRequest())
    return objective.mean(evaluation)


def failed_trial(settings: Settings, request: TrialRequest, error: Exception, started: float) -> Trial:
    """Return the record of a trial that failed."""
    prepared = prepare(settings)
    tags = tags_of(settings, prepared.features.table.sha256, prepared.words, "failed", None) | dict(
        request.tags
    )
    return Trial(
        state="failed", params=settings.flat, tags=tags, metrics={}, folds={}, task=settings.model.task,
        primary=settings.metric, objective=float("nan"), number=request.number,
        overrides=request.overrides, error=str(error), config=settings.yaml,
        started=started, ended=time.time(),
    )  # fmt: skip


def _evaluate(
    settings: Settings, prepared: PreparedData, pipe: Pipeline, request: TrialRequest
) -> tuple[Evaluation, bool]:
    """Score fold by fold; the second value is True where the trial was stopped before its last fold."""
    draws = [seeds.resolve(settings.seeds.model, value, "model") for value in settings.replicates]
    folds, features = prepared.split.folds, prepared.features
    if features.task == "segments":
        k_range = (settings.model.k_min, settings.model.k_max)
        return clustering.evaluate_segments(pipe, features, prepared.split, draws, k_range, request.stops)
    done: list[cross_validation.FoldScore] = []
    metric = TASKS[features.task].metrics[settings.metric]
    for step, each in enumerate(cross_validation.score_folds(pipe, features, folds, draws)):
        done.append(each)
        if request.stops(metric.signed(each.test[metric.name]), step) and step + 1 < len(folds):
            break
    n_folds = len(folds) // len(draws)
    return cross_validation.collect(features, done, len(draws), n_folds, metric.name), len(done) < len(folds)


def _verdict_words(
    settings: Settings, prepared: PreparedData, evaluation: Evaluation
) -> tuple[str, tuple[str, ...]]:
    """Return the verdict words and reasons of the data audit, with those of the audit of the scores."""
    chosen = settings.model.params.get("n_clusters") is None
    found = after_evaluation(evaluation, (settings.model.k_min, settings.model.k_max) if chosen else None)
    after = without_ignored(found, parse_ignored(settings.audit.ignore, "configuration key 'audit.ignore'"))
    words = after.verdict() if prepared.words == "ok" else prepared.words
    return words, (*prepared.reasons, *after.reasons)
