"""The share of the target's variance that columns explain out of sample, alone and together.

One scale for both tasks: the variance is that of the label itself for two classes, and of the target's ranks
otherwise, since a few extreme amounts would dominate the variance. 1 is perfect, 0 is as good as the mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = 4
TREES = 16
JOINT_ROWS = 1_500
"""Models of several columns are fitted on at most this many rows."""
DUAL_COLUMNS = 500
"""Inputs of the ridge above which it is solved by rows, where these are fewer; narrow tables keep their last
bits."""


@dataclass(frozen=True, eq=False)
class FoldedTarget:
    """A standardised target, and the folds in which all columns are compared."""

    y: NDArray[np.float64]
    """Shape (m,), mean 0."""
    fold: NDArray[np.int64]
    """Shape (m,): the fold in which a row is predicted."""

    def score(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of variance explained for predictions of shape (m, …)."""
        y = self.y.reshape(-1, *([1] * (predicted.ndim - 1)))
        spread = float((self.y**2).sum())
        return np.asarray(1.0 - ((y - predicted) ** 2).sum(axis=0) / spread)


def fold_target(y: NDArray[np.float64], twins: NDArray[np.int64], seed: int) -> FoldedTarget:
    """Standardise the target (its ranks, for more than two values) and assign rows to folds.

    Rows with the same number in `twins` are in one fold.
    """
    two = np.unique(y).size <= 2
    scaled = y if two else rankdata(y)
    _, group = np.unique(twins, return_inverse=True)
    folds = np.random.default_rng(seed).permutation(group.max() + 1) % FOLDS
    return FoldedTarget((scaled - scaled.mean()) / (scaled.std() or 1.0), folds[group])


def bin_columns(values: NDArray[np.float64], bins: int) -> tuple[NDArray[np.int64], int]:
    """Divide each column of shape (m, p) into quantile bins; missing values have a bin of their own.

    Equal values share a bin. Returns the bin of each value, shape (m, p), and the number of bins.
    """
    m = len(values)
    known = np.isfinite(values)
    ranks = rankdata(np.where(known, values, np.inf), axis=0, method="min") - 1
    codes = np.minimum(ranks * bins // m, bins - 1).astype(np.int64)
    return np.where(known, codes, bins), bins + 1


def predict_by_bins(target: FoldedTarget, codes: NDArray[np.int64], width: int) -> NDArray[np.float64]:
    """Predict each row by the mean of its bin in the other folds, shape (m, p).

    The mean is shrunk towards the overall mean as by one more row.
    """
    m, p = codes.shape
    column_bin = codes + np.arange(p) * width
    shape = (FOLDS, p * width)
    at = (target.fold[:, None] * shape[1] + column_bin).ravel()
    weights = np.repeat(target.y, p)
    sums = np.bincount(at, weights, FOLDS * shape[1]).reshape(shape)
    counts = np.bincount(at, minlength=FOLDS * shape[1]).reshape(shape)
    sums, counts = sums.sum(axis=0) - sums, counts.sum(axis=0) - counts
    return np.asarray((sums / (counts + 1.0))[target.fold[:, None], column_bin])


def standard_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each column's ranks with mean 0 and variance 1, shape (m, p); missing values get the median."""
    values = fill_median(values)
    ranks = rankdata(values, axis=0)
    return np.asarray((ranks - ranks.mean(axis=0)) / np.maximum(ranks.std(axis=0), 1e-12))


def fill_median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace missing values by the column's median, or by 0 where all are missing, shape (m, p)."""
    missing = ~np.isfinite(values)
    if not missing.any():
        return values
    known = np.where(missing.all(axis=0), 0.0, np.where(missing, np.nan, values))
    return np.where(missing, np.nanmedian(known, axis=0), values)


def predict_by_rank(target: FoldedTarget, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Predict each row by a linear regression on each column's ranks, fitted on the other folds, (m, p)."""
    x = standard_ranks(values)
    predicted = np.empty_like(x)
    for number in range(FOLDS):
        out = target.fold == number
        inside, y = x[~out], target.y[~out]
        centre, mean = inside.mean(axis=0), y.mean()
        slope = ((inside - centre) * (y - mean)[:, None]).sum(axis=0)
        slope /= np.maximum(((inside - centre) ** 2).sum(axis=0), 1e-12)
        predicted[out] = mean + (x[out] - centre) * slope
    return predicted


def of_each_column(target: FoldedTarget, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share that each column explains alone, shape (p,).

    It is the best of three predictions: by few bins, by many bins, and by a line through the ranks.
    """
    m = len(values)
    coarse, fine = max(3, min(10, m // 12)), max(4, min(50, m // 6))
    scores = [target.score(predict_by_bins(target, *bin_columns(values, bins))) for bins in (coarse, fine)]
    return np.asarray(np.maximum.reduce([*scores, target.score(predict_by_rank(target, values))]))


def of_one_cut(target: FoldedTarget, column: NDArray[np.float64]) -> float:
    """Return the share that a column of shape (m,) explains as above or below its best cut.

    The cut is chosen on the other folds. Missing values count as below every value.
    """
    values = np.where(np.isfinite(column), column, -np.inf)
    predicted = np.empty_like(target.y)
    for number in range(FOLDS):
        out = target.fold == number
        order = np.argsort(values[~out], kind="stable")
        x, y = values[~out][order], target.y[~out][order]
        places = np.flatnonzero(x[1:] != x[:-1]) + 1
        if not len(places):
            return 0.0
        below, total, n = np.cumsum(y)[places - 1], y.sum(), len(y)
        gains = below**2 / places + (total - below) ** 2 / (n - places)
        at = places[int(np.argmax(gains))]
        predicted[out] = np.where(values[out] < x[at], y[:at].mean(), y[at:].mean())
    return float(target.score(predicted))


def of_all_columns(
    target: FoldedTarget,
    values: NDArray[np.float64],
    categories: NDArray[np.bool_],
    seed: int,
    enough: float = 1.0,
) -> float:
    """Return the share that all columns explain together: the better of ridge regression and extra trees.

    Where the ridge reaches `enough`, no trees are fitted and the ridge's share is returned.
    """
    if not values.shape[1]:
        return 0.0
    if len(values) > JOINT_ROWS:
        keep = np.random.default_rng(seed).choice(len(values), JOINT_ROWS, replace=False)
        y = target.y[keep]
        target, values = FoldedTarget((y - y.mean()) / (y.std() or 1.0), target.fold[keep]), values[keep]
    ridge = max(0.0, _ridge(target, values, categories))
    return ridge if ridge >= enough else max(ridge, _trees(target, values, seed))


def _ridge(target: FoldedTarget, values: NDArray[np.float64], categories: NDArray[np.bool_]) -> float:
    design = _design(values, categories)
    predicted = np.empty(len(values))
    for number in range(FOLDS):
        out = target.fold == number
        A, y = design[~out], target.y[~out]
        mean = y.mean()
        if design.shape[1] > DUAL_COLUMNS and design.shape[1] > len(A):
            # The same solution from a matrix of the rows, which is the smaller one here.
            weights = A.T @ np.linalg.solve(_plus_identity(A @ A.T), y - mean)
        else:
            weights = np.linalg.solve(_plus_identity(A.T @ A), A.T @ (y - mean))
        predicted[out] = mean + design[out] @ weights
    return float(target.score(predicted))


def _plus_identity(gram: NDArray[np.float64]) -> NDArray[np.float64]:
    gram[np.diag_indices_from(gram)] += 1.0
    return gram


def _design(values: NDArray[np.float64], categories: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return standardised inputs of the ridge, clipped to -5..5.

    Numbers as they are and as ranks; indicators of missing numbers and of a category's 12 commonest levels.
    """
    numbers = values[:, ~categories]
    missing, filled = ~np.isfinite(numbers), fill_median(numbers)
    parts = [filled, rankdata(filled, axis=0), missing[:, missing.any(axis=0)].astype(float)]
    for at in np.flatnonzero(categories):
        levels, counts = np.unique(values[:, at], return_counts=True)
        top = levels[np.argsort(-counts, kind="stable")[:12]]
        parts.append((values[:, at, None] == top).astype(float))
    design = np.column_stack(parts)
    spread = design.std(axis=0)
    return np.asarray(np.clip((design - design.mean(axis=0)) / np.where(spread > 0, spread, 1.0), -5, 5))


def _trees(target: FoldedTarget, values: NDArray[np.float64], seed: int) -> float:
    return float(target.score(predict_by_trees(target, values, seed)))


def predict_by_trees(
    target: FoldedTarget, values: NDArray[np.float64], seed: int, trees: int = TREES
) -> NDArray[np.float64]:
    """Predict each row by extra trees of all columns, grown on the other folds, shape (m,)."""
    from sklearn import config_context
    from sklearn.tree import ExtraTreeRegressor

    known = np.isfinite(values)
    filled = np.where(known, values, values.min(initial=0.0, where=known) - 1.0)
    # The trees compute in float32: ranks keep their order and cannot overflow.
    X = rankdata(filled, axis=0, method="dense").astype(np.float32)
    predicted = np.zeros(len(X))
    with config_context(skip_parameter_validation=True):
        for number in range(FOLDS):
            out = target.fold == number
            inside, y, outside = X[~out], target.y[~out], X[out]
            for tree in range(trees):
                model = ExtraTreeRegressor(min_samples_leaf=2, max_features=0.7, random_state=seed + tree)
                model.fit(inside, y, check_input=False)
                predicted[out] += model.tree_.predict(outside)[:, 0]
    return predicted / trees
