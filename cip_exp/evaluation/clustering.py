"""Fit and score segments: choice of k, silhouettes of held-out rows, stability, and a null score."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone

from cip_exp.evaluation.cross_validation import FoldScore, collect
from cip_exp.evaluation.fold_data import take_rows
from cip_exp.evaluation.metrics import silhouette
from cip_exp.evaluation.seeds import child
from cip_exp.models import pipeline as models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from cip_exp.records.table import Features, Fold, Split
    from cip_exp.records.trial import Evaluation

    Array = NDArray[np.float64]
    Rows = pd.DataFrame | Array

NULL_DRAWS = 3
"""Permuted tables for each fold; their mean silhouette is the score without any structure."""


def choose_k(pipe: Pipeline, X: Rows, k_range: tuple[int, int]) -> Pipeline:
    """Fit every k of the range on X, and return `pipe` with the model that has the best silhouette on X.

    A k that the model's configuration fixes (`n_clusters`) is kept. Of equally good values the smallest is
    taken. No k is tried that is larger than the number of different rows of X.
    """
    model = pipe.named_steps["model"]
    if model.n_clusters is not None:
        return pipe.fit(X)
    space = pipe[:-1].fit_transform(X) if len(pipe.steps) > 1 else X
    low, high = k_range[0], max(k_range[0], min(k_range[1], _n_distinct(space)))
    fits = [clone(model).set_params(n_clusters=k).fit(space) for k in range(low, high + 1)]
    best = max(fits, key=lambda fit: silhouette(np.asarray(space), fit.predict(space)))
    pipe.steps[-1] = ("model", best)
    return pipe


def _n_distinct(space: Rows) -> int:
    import pandas as pd

    return int((~pd.DataFrame(space).duplicated()).sum())


def score(fitted: Pipeline, X: Rows) -> tuple[float, Array]:
    """Return the silhouette of the rows in the space that the model was fitted in, and their clusters."""
    space = fitted[:-1].transform(X) if len(fitted.steps) > 1 else X
    assigned = np.asarray(fitted.named_steps["model"].predict(space), dtype=np.float64)
    return silhouette(np.asarray(space), assigned), assigned


def score_folds(
    pipe: Pipeline, features: Features, folds: Iterable[Fold], seeds: Sequence[int], k_range: tuple[int, int]
) -> Iterator[tuple[FoldScore, Pipeline]]:
    """Choose k and fit on the training rows, score on the validation rows; yield the fitted pipeline too."""
    rows = models.inputs(features)
    for fold in folds:
        started = time.perf_counter()
        fitted = choose_k(models.seeded(pipe, seeds[fold.replicate]), take_rows(rows, fold.train), k_range)
        seconds = time.perf_counter() - started
        train, _ = score(fitted, take_rows(rows, fold.train))
        test, assigned = score(fitted, take_rows(rows, fold.test))
        yield FoldScore(fold, {"silhouette": train}, {"silhouette": test}, assigned, seconds), fitted


def evaluate_segments(
    pipe: Pipeline,
    features: Features,
    split: Split,
    seeds: Sequence[int],
    k_range: tuple[int, int],
    stops: Callable[[float, int], bool],
) -> tuple[Evaluation, bool]:
    """Score clusters fold by fold, and compute their stability and the silhouette of shuffled columns.

    Args:
        pipe: unfitted.
        features: of all rows.
        split: its folds are scored; the number of clusters is chosen on its training rows.
        seeds: of the model, one for each replicate.
        k_range: smallest and largest number of clusters to try.
        stops: called with each fold's silhouette and step; returns True to stop the evaluation.

    Returns:
        The evaluation, and whether it was stopped before its last fold.
    """
    done: list[FoldScore] = []
    fits: list[Pipeline] = []
    for step, (each, fitted) in enumerate(score_folds(pipe, features, split.folds, seeds, k_range)):
        done.append(each)
        fits.append(fitted)
        if stops(each.test["silhouette"], step) and step + 1 < len(split.folds):
            break
    first = len(split.folds) // len(seeds)
    scored = collect(features, done, len(seeds), first, "silhouette")
    paired = list(split.folds[: len(fits)])[:first]
    null = null_silhouette(fits[:first], features, paired, child(seeds[0], "null"))
    train = models.inputs(features).iloc[split.final.train]
    chosen = choose_k(models.seeded(pipe, seeds[0]), train, k_range)
    extras = {
        "stability_ari": stability(fits, train),
        "n_clusters": float(chosen.named_steps["model"].n_clusters),
        "null_silhouette": null,
    }
    return replace(scored, extras=extras), len(done) < len(split.folds)


def stability(fits: Sequence[Pipeline], X: Rows) -> float:
    """Return the mean adjusted Rand index between the fits' assignments of X; 1 for a single fit."""
    from sklearn.metrics import adjusted_rand_score

    assigned = [score_labels(fit, X) for fit in fits]
    pairs = [(a, b) for i, a in enumerate(assigned) for b in assigned[i + 1 :]]
    return float(np.mean([adjusted_rand_score(a, b) for a, b in pairs])) if pairs else 1.0


def score_labels(fitted: Pipeline, X: Rows) -> NDArray[np.int64]:
    """Return the cluster of each row."""
    return np.asarray(fitted.predict(X), dtype=np.int64)


def null_silhouette(fits: Sequence[Pipeline], features: Features, folds: Sequence[Fold], seed: int) -> float:
    """Return the mean out-of-fold silhouette after every column was shuffled independently.

    Shuffling keeps each column's values and removes the relations between columns, so this is the score of
    the same k on customers without segments. Only the fold's own rows are shuffled, no row of the holdout.
    """
    rng = np.random.default_rng(seed)
    found = []
    for fold, fitted in zip(folds, fits, strict=True):
        rows, at = np.unique(np.concatenate([fold.train, fold.test]), return_inverse=True)
        train, test = np.split(at, [len(fold.train)])
        X, rest = _as_clustered(fitted, features, rows)
        for _ in range(NULL_DRAWS):
            shuffled = X.apply(lambda column: rng.permutation(column.to_numpy()))
            refit = clone(rest).fit(take_rows(shuffled, train))
            found.append(score(refit, take_rows(shuffled, test))[0])
    return float(np.mean(found))


def _as_clustered(fitted: Pipeline, features: Features, rows: NDArray[np.int64]) -> tuple[Any, Pipeline]:
    """Return the rows' features and the steps after them; features fitted in the fold are built first."""
    if features.builder is None:
        return features.X.iloc[rows], fitted
    return fitted.named_steps["features"].transform(features.table.frame.iloc[rows]), fitted[1:]
