"""The probability from which on a customer counts as churning, chosen from out-of-fold predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation.profit import held_out, ranking_steps
from cip_exp.models.customer_model import HALF, is_positive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.records.table import Fold

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class DecisionThreshold:
    """A threshold, and the F1 of its choice."""

    value: float
    f1: float
    """Mean over the folds; where the threshold was chosen for F1, each fold is scored at the threshold chosen
    on the other folds."""


def choose_threshold(oof: Array, folds: Sequence[Fold], *, forward: bool = False) -> DecisionThreshold:
    """Return the threshold of the greatest F1 on all predictions, or 0.5 where that is not better.

    It is better where the F1 of the folds, each at the threshold chosen on the other folds, has a higher mean
    than their F1 at 0.5.

    Args:
        oof: shape (replicates, n): out-of-fold probabilities; NaN where a row was never held out.
        folds: those that were scored.
        forward: folds follow in time: a threshold is chosen on earlier folds only; for the first, it is 0.5.
    """
    parts = _parts(oof, folds)
    plain = [f1(y[fold == each], p[fold == each], HALF) for y, p, fold in parts for each in np.unique(fold)]
    chosen = [score for part in parts for score in _cross_fitted(*part, forward=forward)]
    if not plain or not np.mean(chosen) > np.mean(plain):
        return DecisionThreshold(HALF, float(np.mean(plain)) if plain else float("nan"))
    y, p = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    return DecisionThreshold(best_threshold(y, p), float(np.mean(chosen)))


def score_threshold(oof: Array, folds: Sequence[Fold], threshold: float) -> DecisionThreshold:
    """Return a threshold that was chosen otherwise, with the mean F1 of the folds at it."""
    scores = [
        f1(y[fold == each], p[fold == each], threshold)
        for y, p, fold in _parts(oof, folds)
        for each in np.unique(fold)
    ]
    return DecisionThreshold(threshold, float(np.mean(scores)) if scores else float("nan"))


def best_threshold(y: Array, p: Array) -> float:
    """Return the threshold of the greatest F1, halfway to the next lower probability."""
    counts, hits, thresholds = ranking_steps(y, p)
    scores = 2 * hits / np.maximum(counts + np.sum(y == 1), 1)
    return float(thresholds[np.argmax(scores)])


def f1(y: Array, p: Array, threshold: float) -> float:
    """Return the F1 of the churners at a threshold; 0 where no customer churns, or none is said to."""
    positive = is_positive(p, threshold)
    total = float(np.sum(y == 1) + np.sum(positive))
    return float(2 * np.sum(positive & (y == 1)) / total) if total else 0.0


def _parts(oof: Array, folds: Sequence[Fold]) -> list[tuple[Array, Array, NDArray[np.int64]]]:
    """Return labels, predictions and fold numbers of each replicate's held-out rows."""
    parts = []
    for replicate, predicted in enumerate(oof):
        y, number = held_out([fold for fold in folds if fold.replicate == replicate], len(predicted))
        kept = (number >= 0) & ~np.isnan(predicted)
        if kept.any():
            parts.append((y[kept], predicted[kept], number[kept]))
    return parts


def _cross_fitted(y: Array, p: Array, folds: NDArray[np.int64], *, forward: bool) -> list[float]:
    scores = []
    for fold in np.unique(folds):
        others = folds < fold if forward else folds != fold
        threshold = best_threshold(y[others], p[others]) if others.any() else HALF
        scores.append(f1(y[folds == fold], p[folds == fold], threshold))
    return scores
