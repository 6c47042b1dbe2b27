"""Run one trial: load, split, fit, score, judge."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from cip_exp.audit.runner import after_evaluation
from cip_exp.errors import TrialError
from cip_exp.evaluation import clustering, cross_validation, objective, seeds, split
from cip_exp.evaluation.metrics import TASKS
from cip_exp.models import pipeline as model
from cip_exp.records.trial import Evaluation, Trial
from cip_exp.runtime import single_threaded
from cip_exp.trial.final import FinalModel, fit_final
from cip_exp.trial.prepare import PreparedData, build_pipeline, prepare
from cip_exp.trial.record import SECOND_OBJECTIVE, metrics_of, tags_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sklearn.pipeline import Pipeline

    from cip_exp.config.settings import Settings
    from cip_exp.records.table import Features


@dataclass(frozen=True, eq=False)
class TrialResult:
    """A finished trial with what is too heavy to be recorded for every one."""

    trial: Trial
    cell: PreparedData
    evaluation: Evaluation
    final: FinalModel | None = None
    """Where the stage opened the holdout."""


@dataclass(frozen=True)
class TrialRequest:
    """Which part of a sweep asks for a trial."""

    number: int = 0
    overrides: tuple[str, ...] = ()
    open_holdout: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    on_fold: Callable[[float, int], bool] | None = None
    """Told each fold's primary score and step; True stops the trial."""

    def stops(self, score: float, step: int) -> bool:
        """Report a fold's score, and tell whether the trial is to stop."""
        return self.on_fold is not None and self.on_fold(score, step)


@single_threaded
def run_trial(settings: Settings, stage: TrialRequest | None = None) -> TrialResult:
    """Walk one trial through the house.

    Raises:
        TrialError: a fit failed, or the objective is not a finite number.
    """
    stage = stage or TrialRequest()
    cell = prepare(settings)
    started = time.time()
    try:
        pipe, found = build_pipeline(settings, cell)
        evaluation, pruned = _evaluate(settings, cell, pipe, stage)
        evaluation = objective.in_money(evaluation, settings.objective, cell.split)
        verdict = objective.verdict(
            evaluation, settings.objective, *_verdict_words(settings, cell, evaluation)
        )
        final = fit_final(settings, cell, pipe) if stage.open_holdout else None
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        msg = f"{settings.model.name}: {type(error).__name__}: {(str(error) or 'no message').splitlines()[0]}"
        raise TrialError(msg) from error
    metrics = metrics_of(evaluation, verdict) | {
        f"test_{m}": v for m, v in (final.test if final else {}).items()
    }
    if settings.objective.name == "pareto":
        metrics[SECOND_OBJECTIVE] = objective.against(evaluation, settings.objective.against)
    sha = cell.features.table.sha256
    state: Literal["complete", "pruned"] = "pruned" if pruned else "complete"
    trial = Trial(
        state=state,
        params=settings.flat | {f"grid.{key}": str(value) for key, value in found.items()},
        tags=tags_of(settings, sha, cell.words, state, verdict) | dict(stage.tags),
        metrics={name: value for name, value in metrics.items() if np.isfinite(value)},
        folds={evaluation.primary: tuple(evaluation.test[evaluation.primary].tolist())},
        task=evaluation.task,
        primary=evaluation.primary,
        objective=verdict.objective,
        number=stage.number,
        overrides=stage.overrides,
        test_ratio=evaluation.test_ratio,
        config=settings.yaml,
        started=started,
        ended=time.time(),
        reasons=verdict.reasons,
        notes=evaluation.notes,
    )
    return TrialResult(trial, cell, evaluation, final)


@single_threaded
def mean_score(settings: Settings, features: Features) -> float:
    """Return the mean primary score of a configuration on features of its caller's own."""
    divided = split.plan(features, settings.split, settings.seeds, settings.replicates)
    cell = PreparedData(features, divided, "unaudited", ())
    pipe, _ = build_pipeline(settings, cell)
    evaluation, _ = _evaluate(settings, cell, pipe, TrialRequest())
    return objective.mean(evaluation)


def failed_trial(settings: Settings, stage: TrialRequest, error: Exception, started: float) -> Trial:
    """Return the record of a trial that could not be scored."""
    cell = prepare(settings)
    tags = tags_of(settings, cell.features.table.sha256, cell.words, "failed", None) | dict(stage.tags)
    return Trial(
        state="failed", params=settings.flat, tags=tags, metrics={}, folds={}, task=settings.model.task,
        primary=TASKS[settings.model.task].primary, objective=float("nan"), number=stage.number,
        overrides=stage.overrides, error=str(error), config=settings.yaml,
        started=started, ended=time.time(),
    )  # fmt: skip


def _evaluate(
    settings: Settings, cell: PreparedData, pipe: Pipeline, stage: TrialRequest
) -> tuple[Evaluation, bool]:
    """Score fold by fold; the second value tells whether the trial was stopped before its last fold."""
    draws = [seeds.resolve(settings.seeds.model, value, "model") for value in settings.replicates]
    folds, features = cell.split.folds, cell.features
    if features.task == "segments":
        return _evaluate_segments(settings, cell, pipe, draws, stage)
    done: list[cross_validation.FoldScore] = []
    primary = TASKS[features.task].primary
    for step, each in enumerate(cross_validation.score_folds(pipe, features, folds, draws)):
        done.append(each)
        if stage.stops(each.test[primary], step) and step + 1 < len(folds):
            break
    n_folds = len(folds) // len(draws)
    return cross_validation.collect(features, done, len(draws), n_folds), len(done) < len(folds)


def _evaluate_segments(
    settings: Settings, cell: PreparedData, pipe: Pipeline, draws: list[int], stage: TrialRequest
) -> tuple[Evaluation, bool]:
    folds, features = cell.split.folds, cell.features
    k_range = (settings.model.k_min, settings.model.k_max)
    done: list[cross_validation.FoldScore] = []
    fits: list[Pipeline] = []
    for step, (each, fitted) in enumerate(clustering.score_folds(pipe, features, folds, draws, k_range)):
        done.append(each)
        fits.append(fitted)
        if stage.stops(each.test["silhouette"], step) and step + 1 < len(folds):
            break
    first = len(folds) // len(draws)
    scored = cross_validation.collect(features, done, len(draws), first)
    paired = list(folds[: len(fits)])[:first]
    null = clustering.null_silhouette(fits[:first], features, paired, seeds.child(draws[0], "null"))
    train = model.inputs(features).iloc[cell.split.final.train]
    k = int(clustering.choose_k(model.seeded(pipe, draws[0]), train, k_range).named_steps["model"].n_clusters)
    extras = {
        "stability_ari": clustering.stability(fits, train),
        "n_clusters": float(k),
        "null_silhouette": null,
    }
    return replace(scored, extras=extras), len(done) < len(folds)


def _verdict_words(
    settings: Settings, cell: PreparedData, evaluation: Evaluation
) -> tuple[str, tuple[str, ...]]:
    """Return the cell's words and reasons, with what its scores add to them."""
    chosen = settings.model.params.get("n_clusters") is None
    after = after_evaluation(evaluation, (settings.model.k_min, settings.model.k_max) if chosen else None)
    words = after.words() if cell.words == "ok" else cell.words
    return words, (*cell.reasons, *after.reasons)
