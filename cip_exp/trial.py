"""The corridor: one trial's walk through the rooms, in order. Nothing else sees them all."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cip_exp import cluster, config, evaluate, model, objective, refit, seeds, split
from cip_exp.audit.after import after_evaluation
from cip_exp.audit.cell import audit_features
from cip_exp.data import catalog
from cip_exp.errors import AuditError, TrialError, describe
from cip_exp.features.build import build
from cip_exp.metrics import TASKS
from cip_exp.records import Evaluation, Features, Split, Table, Trial
from cip_exp.threads import one_thread
from cip_exp.track.trial_record import metrics_of, tags_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from cip_exp.config import Settings

AGAINST = "objective_against"
"""The metric with the second value of `objective=pareto`."""
ALLOWED_BY_STRICT = "a cell without leaks, copies or one factor behind all; audit=warn goes on with a warning"


@dataclass(frozen=True, eq=False)
class Cell:
    """What all trials of one data set, feature set, task, split and set of seeds share."""

    features: Features
    split: Split
    words: str
    """The audit's part of the verdict."""
    reasons: tuple[str, ...]
    accused: tuple[str, ...] = ()
    """Columns that the audit calls leaks."""


@dataclass(frozen=True, eq=False)
class Final:
    """The model on all training rows, and what the opened holdout said."""

    pipeline: Pipeline
    test: Mapping[str, float]
    prediction: NDArray[np.float64]
    """Shape (n_holdout,)."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """A finished trial with what is too heavy to be recorded for every one."""

    trial: Trial
    cell: Cell
    evaluation: Evaluation
    final: Final | None = None
    """Where the stage opened the holdout."""


@dataclass(frozen=True)
class Stage:
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


_tables: dict[str, Table] = {}
_cells: dict[str, Cell] = {}
_searched: dict[str, tuple[Pipeline, dict[str, Any]]] = {}


def prepare(settings: Settings) -> Cell:
    """Load, build and divide what a trial needs; answered from memory for the same cell.

    Raises:
        UserError: anything the user can mend; nothing has been written by then.
    """
    key = _key(settings)
    if key not in _cells:
        table = _table(settings)
        features = build(table, settings.features, settings.model.task)
        if settings.model.task == "segments" and settings.model.scored == "in_sample":
            divided = split.in_sample(features, len(settings.replicates))
        else:
            divided = split.plan(features, settings.split, settings.seeds, settings.replicates)
        _cells[key] = Cell(features, divided, *_believe(features, divided, settings))
    return _cells[key]


@one_thread
def run(settings: Settings, stage: Stage | None = None) -> Outcome:
    """Walk one trial through the house.

    Raises:
        TrialError: a fit failed, or the objective is not a finite number.
    """
    stage = stage or Stage()
    cell = prepare(settings)
    started = time.time()
    try:
        pipe, found = unfitted(settings, cell)
        evaluation, pruned = _evaluate(settings, cell, pipe, stage)
        evaluation = objective.in_money(evaluation, settings.objective, cell.split)
        verdict = objective.verdict(evaluation, settings.objective, *_doubts(settings, cell, evaluation))
        final = fit_final(settings, cell, pipe) if stage.open_holdout else None
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        msg = f"{settings.model.name}: {type(error).__name__}: {(str(error) or 'no message').splitlines()[0]}"
        raise TrialError(msg) from error
    metrics = metrics_of(evaluation, verdict) | {
        f"test_{m}": v for m, v in (final.test if final else {}).items()
    }
    if settings.objective.name == "pareto":
        metrics[AGAINST] = objective.against(evaluation, settings.objective.against)
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
    return Outcome(trial, cell, evaluation, final)


@one_thread
def mean_score(settings: Settings, features: Features) -> float:
    """Return the mean primary score of a configuration on features of its caller's own."""
    divided = split.plan(features, settings.split, settings.seeds, settings.replicates)
    cell = Cell(features, divided, "unaudited", ())
    pipe, _ = unfitted(settings, cell)
    evaluation, _ = _evaluate(settings, cell, pipe, Stage())
    return objective.mean(evaluation)


def failed(settings: Settings, stage: Stage, error: Exception, started: float) -> Trial:
    """Return the record of a trial that could not be scored."""
    cell = prepare(settings)
    tags = tags_of(settings, cell.features.table.sha256, cell.words, "failed", None) | dict(stage.tags)
    return Trial(
        state="failed", params=settings.flat, tags=tags, metrics={}, folds={}, task=settings.model.task,
        primary=TASKS[settings.model.task].primary, objective=float("nan"), number=stage.number,
        overrides=stage.overrides, error=str(error), config=settings.yaml,
        started=started, ended=time.time(),
    )  # fmt: skip


@one_thread
def finalise(settings: Settings, n_seeds: int = 1) -> tuple[Cell, Final]:
    """Fit the configuration on every row outside the holdout, and open the holdout.

    The model averages `n_seeds` fits, unless `refit.seeds` says how many.
    """
    cell = prepare(settings)
    pipe, _ = unfitted(settings, cell)
    return cell, fit_final(settings, cell, pipe, n_seeds)


def fit_final(settings: Settings, cell: Cell, pipe: Pipeline, n_seeds: int = 1) -> Final:
    """Fit on every row outside the holdout and open the holdout."""
    fold, features = cell.split.final, cell.features
    draw = seeds.resolve(settings.seeds.model, settings.replicates[0], "model")
    frame = model.inputs(features)
    if features.task == "segments":
        seeded = model.seeded(pipe, draw)
        fitted = cluster.choose_k(
            seeded, frame.iloc[fold.train], (settings.model.k_min, settings.model.k_max)
        )
        value, prediction = cluster.score(fitted, frame.iloc[fold.test])
        # Scored in sample there is no holdout to open.
        sealed = cell.split.scheme != "in_sample"
        return Final(fitted, {"silhouette": value} if sealed else {}, prediction)
    wanted = settings.refit.seeds or n_seeds
    draws = [draw, *(seeds.child(draw, f"refit {number}") for number in range(1, wanted))]
    y = evaluate.labels(features, fold.y_train)
    fitted = model.chosen(refit.fit_averaged(pipe, draws, frame.iloc[fold.train], y))
    test, prediction = evaluate.score(features, fitted, frame.iloc[fold.test], fold.y_test)
    return Final(fitted, test, prediction)


def _table(settings: Settings) -> Table:
    key = json.dumps([asdict(settings.data), settings.model.task], default=str)
    if key not in _tables:
        _tables[key] = catalog.load(settings.data, settings.model.task)
    return _tables[key]


def _key(settings: Settings) -> str:
    parts = [asdict(part) for part in (settings.data, settings.features, settings.split, settings.seeds)]
    return json.dumps(
        [*parts, settings.model.task, settings.model.scored, settings.replicates, settings.audit.name],
        default=str,
    )


def _believe(
    features: Features, divided: Split, settings: Settings
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the audit's words on a cell, its reasons and the accused columns, before any model is fitted.

    Raises:
        AuditError: with audit=strict, where the cell is leaky, duplicated or degenerate.
    """
    if settings.audit.name == "off":
        return "unaudited", (), ()
    found = audit_features(features, divided)
    words = found.words()
    if settings.audit.name == "strict" and words not in ("ok", "suspect"):
        raise AuditError(
            describe(f"audit=strict stops: {words}", "; ".join(found.reasons[:5]), ALLOWED_BY_STRICT)
        )
    return words, found.reasons, found.accused


def unfitted(settings: Settings, cell: Cell) -> tuple[Pipeline, dict[str, Any]]:
    """Return the unfitted pipeline, and what a grid found for it."""
    key = f"{settings.config_hash} {_key(settings)}"
    if settings.model.grid and key in _searched:
        return _searched[key]
    estimator = config.build_estimator(settings.model)
    pipe = model.pipeline(
        estimator, cell.features, scale=settings.model.scale, impute=settings.features.impute
    )
    if not settings.model.grid:
        return pipe, {}
    if settings.split.name == "nested" and cell.features.task != "segments":
        scoring = TASKS[cell.features.task].primary
        return model.self_tuning(pipe, settings.model.grid, settings.split.n_splits, scoring), {}
    seeded = model.seeded(pipe, seeds.resolve(settings.seeds.model, settings.replicates[0], "model"))
    y = evaluate.labels(cell.features, cell.features.y)
    rows = model.inputs(cell.features)
    scoring = TASKS[cell.features.task].primary
    first = [fold for fold in cell.split.folds if fold.replicate == 0]
    _searched[key] = model.tuned(seeded, settings.model.grid, rows, y, first, scoring)
    return _searched[key]


def _evaluate(settings: Settings, cell: Cell, pipe: Pipeline, stage: Stage) -> tuple[Evaluation, bool]:
    """Score fold by fold; the second value tells whether the trial was stopped before its last fold."""
    draws = [seeds.resolve(settings.seeds.model, value, "model") for value in settings.replicates]
    folds, features = cell.split.folds, cell.features
    if features.task == "segments":
        return _evaluate_segments(settings, cell, pipe, draws, stage)
    done: list[evaluate.FoldScore] = []
    primary = TASKS[features.task].primary
    for step, each in enumerate(evaluate.score_folds(pipe, features, folds, draws)):
        done.append(each)
        if stage.stops(each.test[primary], step) and step + 1 < len(folds):
            break
    n_folds = len(folds) // len(draws)
    return evaluate.collect(features, done, len(draws), n_folds), len(done) < len(folds)


def _evaluate_segments(
    settings: Settings, cell: Cell, pipe: Pipeline, draws: list[int], stage: Stage
) -> tuple[Evaluation, bool]:
    folds, features = cell.split.folds, cell.features
    k_range = (settings.model.k_min, settings.model.k_max)
    done: list[evaluate.FoldScore] = []
    fits: list[Pipeline] = []
    for step, (each, fitted) in enumerate(cluster.score_folds(pipe, features, folds, draws, k_range)):
        done.append(each)
        fits.append(fitted)
        if stage.stops(each.test["silhouette"], step) and step + 1 < len(folds):
            break
    first = len(folds) // len(draws)
    scored = evaluate.collect(features, done, len(draws), first)
    paired = list(folds[: len(fits)])[:first]
    null = cluster.null_silhouette(fits[:first], features, paired, seeds.child(draws[0], "null"))
    train = model.inputs(features).iloc[cell.split.final.train]
    k = int(cluster.choose_k(model.seeded(pipe, draws[0]), train, k_range).named_steps["model"].n_clusters)
    extras = {
        "stability_ari": cluster.stability(fits, train),
        "n_clusters": float(k),
        "null_silhouette": null,
    }
    return replace(scored, extras=extras), len(done) < len(folds)


def _doubts(settings: Settings, cell: Cell, evaluation: Evaluation) -> tuple[str, tuple[str, ...]]:
    """Return the cell's words and reasons, with what its scores add to them."""
    chosen = settings.model.params.get("n_clusters") is None
    after = after_evaluation(evaluation, (settings.model.k_min, settings.model.k_max) if chosen else None)
    words = after.words() if cell.words == "ok" else cell.words
    return words, (*cell.reasons, *after.reasons)
