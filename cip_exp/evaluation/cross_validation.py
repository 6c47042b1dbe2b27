"""Fit and score a model on folds, one fold at a time, so that a trial can be stopped after any fold."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp.evaluation.fold_data import prepare_fold
from cip_exp.evaluation.metrics import TASKS
from cip_exp.models import pipeline
from cip_exp.records.trial import Evaluation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from cip_exp.records.table import Features, Fold

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FoldScore:
    """One fold's scores by metric on training and validation rows, and its out-of-fold predictions."""

    fold: Fold
    train: dict[str, float]
    test: dict[str, float]
    prediction: Array
    """Shape (n_test,): probability of churn, value, or cluster."""
    seconds: float
    """Of the fit alone."""


def score_folds(
    pipe: Pipeline, features: Features, folds: Iterable[Fold], seeds: Sequence[int]
) -> Iterator[FoldScore]:
    """Fit and score `pipe` on each fold; `seeds` holds the model's seed of each replicate."""
    seeded_model = pipeline.seeded_copies(pipe.steps[-1][1])
    for fold in folds:
        y = labels(features, fold.y_train)
        rows = prepare_fold(pipe, features, fold, y)
        fitted = seeded_model(seeds[fold.replicate])
        started = time.perf_counter()
        fitted.fit(rows.fitted, y)
        seconds = time.perf_counter() - started
        train, _ = score(features, fitted, rows.train, fold.y_train)
        test, prediction = score(features, fitted, rows.test, fold.y_test)
        yield FoldScore(fold, train, test, prediction, seconds)


def score(features: Features, fitted: Any, X: Any, y: Array | None) -> tuple[dict[str, float], Array]:
    """Return every metric of the task on these rows, and the predictions; `fitted`: a pipeline or a model."""
    task = TASKS[features.task]
    if y is None:
        msg = "segments are scored by cip_exp.evaluation.clustering"
        raise TypeError(msg)
    if task.name == "clv":
        predicted = np.asarray(fitted.predict(X), dtype=np.float64)
        return {name: metric.fn(y, predicted) for name, metric in task.metrics.items()}, predicted
    probabilities = np.asarray(fitted.predict_proba(X), dtype=np.float64)
    chosen = fitted.classes_[np.argmax(probabilities, axis=1)]
    churn = probabilities[:, 1]
    scores = {
        name: metric.fn(y, churn if metric.needs == "score" else chosen)
        for name, metric in task.metrics.items()
    }
    return scores, churn


def collect(
    features: Features, scores: Sequence[FoldScore], replicates: int, n_folds: int, primary: str
) -> Evaluation:
    """Return the evaluation of the folds that were scored; `primary` names the metric it is compared by.

    Where repeated folds hold a row out more than once, its prediction is their mean. For segments it is the
    first prediction, since the numbers of clusters differ from fit to fit.
    """
    task = TASKS[features.task]
    total = np.zeros((replicates, len(features.X)))
    times = np.zeros_like(total)
    for each in scores:
        at = each.fold.replicate, each.fold.test
        first = (times[at] == 0) | (features.task != "segments")
        total[at] += np.where(first, each.prediction, 0.0)
        times[at] += first
    oof = np.where(times > 0, total / np.maximum(times, 1), np.nan)
    return Evaluation(
        task=features.task,
        primary=primary,
        train={name: np.array([each.train[name] for each in scores]) for name in task.metrics},
        test={name: np.array([each.test[name] for each in scores]) for name in task.metrics},
        n_folds=n_folds,
        test_ratio=float(np.mean([len(each.fold.test) / len(each.fold.train) for each in scores])),
        fit_seconds=float(sum(each.seconds for each in scores)),
        oof=oof,
    )


def labels(features: Features, y: Array | None) -> Any:
    """Return y as the estimator takes it: integers for classes."""
    return y.astype(np.int64) if y is not None and features.task == "churn" else y
