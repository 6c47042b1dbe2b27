"""Score many predictions on many bootstrap samples at once; a sample is the number of draws of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation.metrics import EPSILON, TASKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cip_exp.evaluation.metric import Metric

    Array = NDArray[np.float64]


def scores(metric: Metric, y: Array, predictions: Array, counts: Array) -> Array:
    """Return the metric of each prediction on each sample, shape (m, draws), in the metric's own direction.

    The values equal those of `metric.fn` on the repeated rows; NaN where the metric is undefined (one class).

    Args:
        metric: One without a function in this module is computed sample by sample.
        y: Shape (n,).
        predictions: Shape (m, n): probabilities of churn, or values.
        counts: Shape (n, draws): how often each row is in each sample.
    """
    fast: dict[str, Callable[[Array, Array, Array], Array]] = {
        "f1": _f1, "precision": _precision, "recall": _recall, "roc_auc": _roc_auc, "log_loss": _log_loss,
        "r2": _r2, "rmse": _rmse, "mae": _mae, "mae_vs_zero": _mae_vs_zero,
        "spearman": _spearman,
    }  # fmt: skip
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


def _precision(y: Array, p: Array, counts: Array) -> Array:
    label = (p > 0.5).astype(np.float64)
    return np.asarray((label * (y == 1)) @ counts / np.maximum(label @ counts, 1))


def _recall(y: Array, p: Array, counts: Array) -> Array:
    churned = (y == 1).astype(np.float64)
    return np.asarray(((p > 0.5) * churned) @ counts / np.maximum(churned @ counts, 1))


def _log_loss(y: Array, p: Array, counts: Array) -> Array:
    of_truth = np.where(y == 1, p, 1 - p).clip(EPSILON, 1 - EPSILON)
    return _mean(-np.log(of_truth), counts)


def _rmse(y: Array, p: Array, counts: Array) -> Array:
    return np.asarray(np.sqrt(_mean((y - p) ** 2, counts)))


def _mae(y: Array, p: Array, counts: Array) -> Array:
    return _mean(np.abs(y - p), counts)


def _mae_vs_zero(y: Array, p: Array, counts: Array) -> Array:
    zero = np.abs(y) @ counts
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(zero > 0, np.abs(y - p) @ counts / zero, np.nan)


def _mean(losses: Array, counts: Array) -> Array:
    """Return the mean loss of each prediction on each sample; NaN where a sample is empty."""
    with np.errstate(invalid="ignore"):
        return np.asarray(losses @ counts / counts.sum(axis=0))


def _r2(y: Array, p: Array, counts: Array) -> Array:
    size = counts.sum(axis=0)
    centred = y - y.mean()  # a large mean would cost the sum of squares its digits
    with np.errstate(divide="ignore", invalid="ignore"):
        total = centred**2 @ counts - (centred @ counts) ** 2 / size
        value = 1.0 - ((y - p) ** 2 @ counts) / total
    return np.where((size >= 2) & (total > 1e-12 * max(float(centred @ centred), 1e-300)), value, np.nan)


def _spearman(y: Array, p: Array, counts: Array) -> Array:
    middle = (counts.sum(axis=0) + 1) / 2
    true = _ranks(y, counts) - middle
    of_true = np.einsum("ij,ij,ij->j", counts, true, true)
    found = []
    for each in p:
        ranks = _ranks(each, counts) - middle
        scale = np.sqrt(of_true * np.einsum("ij,ij,ij->j", counts, ranks, ranks))
        together = np.einsum("ij,ij,ij->j", counts, true, ranks)
        found.append(np.where(scale > 0, together / np.where(scale > 0, scale, 1), np.nan))
    return np.stack(found)


def _ranks(values: Array, counts: Array) -> Array:
    """Return each row's rank in each sample, shape (n, draws); equal values share their mean rank."""
    order = np.argsort(values, kind="stable")
    new = np.diff(values[order], prepend=-np.inf) != 0
    of_value = np.add.reduceat(counts[order], np.flatnonzero(new), axis=0)
    ranks = np.empty_like(counts)
    ranks[order] = (np.cumsum(of_value, axis=0) - (of_value - 1) / 2)[np.cumsum(new) - 1]
    return ranks


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
