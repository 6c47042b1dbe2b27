"""Score many predictions on many bootstrap samples at once; a sample is the number of draws of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation.metrics import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cip_exp.evaluation.metric import Metric

    Array = NDArray[np.float64]


def scores(metric: Metric, y: Array, predictions: Array, counts: Array) -> Array:
    """Return the metric of each prediction on each sample, shape (m, draws), in the metric's own direction.

    The values equal those of `metric.fn` on the repeated rows; NaN where the metric is undefined (one class).

    Args:
        metric: F1, R² and ROC AUC are computed for all samples at once; others sample by sample.
        y: Shape (n,).
        predictions: Shape (m, n): probabilities of churn, or values.
        counts: Shape (n, draws): how often each row is in each sample.
    """
    fast: dict[str, Callable[[Array, Array, Array], Array]] = {"f1": _f1, "r2": _r2, "roc_auc": _roc_auc}
    if metric.name in fast:
        return fast[metric.name](y, predictions, counts)
    given = predictions_for(metric, predictions)
    drawn = [np.repeat(np.arange(len(y)), column.astype(np.int64)) for column in counts.T]
    return np.array([[metric.fn(y[rows], each[rows]) for rows in drawn] for each in given])


def predictions_for(metric: Metric, predictions: Array) -> Array:
    """Return predicted labels where a metric of churn needs labels, else the predictions unchanged."""
    churn = TASKS["churn"].metrics.get(metric.name) == metric
    return (predictions > 0.5).astype(np.float64) if churn and metric.needs == "label" else predictions


def _f1(y: Array, p: Array, counts: Array) -> Array:
    label = (p > 0.5).astype(np.float64)
    hits = (label * (y == 1)) @ counts
    both = label @ counts + (y == 1).astype(np.float64) @ counts
    return np.where(both > 0, 2 * hits / np.maximum(both, 1), 0.0)


def _r2(y: Array, p: Array, counts: Array) -> Array:
    size = counts.sum(axis=0)
    centred = y - y.mean()  # a large mean would cost the sum of squares its digits
    with np.errstate(divide="ignore", invalid="ignore"):
        total = centred**2 @ counts - (centred @ counts) ** 2 / size
        value = 1.0 - ((y - p) ** 2 @ counts) / total
    return np.where((size >= 2) & (total > 1e-12 * max(float(centred @ centred), 1e-300)), value, np.nan)


def _roc_auc(y: Array, p: Array, counts: Array) -> Array:
    positive = (y == 1)[:, None]
    up, down = np.where(positive, counts, 0.0), np.where(positive, 0.0, counts)
    with np.errstate(invalid="ignore"):
        pairs = up.sum(axis=0) * down.sum(axis=0)
        return np.stack([_ordered_pairs(each, up, down) / pairs for each in p])


def _ordered_pairs(p: Array, up: Array, down: Array) -> Array:
    """Return the number of correctly ordered pairs in each sample for one prediction; ties count half."""
    order = np.argsort(p, kind="stable")
    up, down = up[order], down[order]
    ties = np.diff(p[order], prepend=-np.inf) == 0
    if ties.any():
        starts = np.flatnonzero(~ties)
        up, down = np.add.reduceat(up, starts, axis=0), np.add.reduceat(down, starts, axis=0)
    below = np.cumsum(down, axis=0) - 0.5 * down
    return np.asarray(np.einsum("ij,ij->j", up, below), dtype=np.float64)
