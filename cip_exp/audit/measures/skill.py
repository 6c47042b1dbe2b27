"""How well columns reproduce the target on rows they were not fitted on.

One scale for both tasks: the share of the target's variance explained out of sample, of the label itself for
two classes, of its ranks otherwise (a heavy tail would drown the rest). 1 is perfect, 0 is the mean.
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
"""Models of many columns are fitted on so many rows at most."""

Matrix = "NDArray[np.float64]"


@dataclass(frozen=True, eq=False)
class Judge:
    """A target on its scale, and the folds that every column is judged on."""

    y: NDArray[np.float64]
    """Shape (m,), mean 0."""
    fold: NDArray[np.int64]
    """Shape (m,): the fold in which a row is predicted."""

    def score(self, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of variance explained for predictions of shape (m, …)."""
        y = self.y.reshape(-1, *([1] * (predicted.ndim - 1)))
        spread = float((self.y**2).sum())
        return np.asarray(1.0 - ((y - predicted) ** 2).sum(axis=0) / spread)


def build_judge(y: NDArray[np.float64], twins: NDArray[np.int64], seed: int) -> Judge:
    """Put the target on its scale and deal the rows, twins together, into folds."""
    two = np.unique(y).size <= 2
    scaled = y if two else rankdata(y)
    _, group = np.unique(twins, return_inverse=True)
    deal = np.random.default_rng(seed).permutation(group.max() + 1) % FOLDS
    return Judge((scaled - scaled.mean()) / (scaled.std() or 1.0), deal[group])


def bin_columns(values: NDArray[np.float64], bins: int) -> tuple[NDArray[np.int64], int]:
    """Cut each column of shape (m, p) into quantile bins, equal values together, missing ones apart."""
    m = len(values)
    known = np.isfinite(values)
    ranks = rankdata(np.where(known, values, np.inf), axis=0, method="min") - 1
    codes = np.minimum(ranks * bins // m, bins - 1).astype(np.int64)
    return np.where(known, codes, bins), bins + 1


def by_bins(judge: Judge, codes: NDArray[np.int64], width: int) -> NDArray[np.float64]:
    """Predict each row by its bin's mean in the other folds, drawn to the mean by one row, shape (m, p)."""
    m, p = codes.shape
    cell = codes + np.arange(p) * width
    shape = (FOLDS, p * width)
    at = (judge.fold[:, None] * shape[1] + cell).ravel()
    weights = np.repeat(judge.y, p)
    sums = np.bincount(at, weights, FOLDS * shape[1]).reshape(shape)
    counts = np.bincount(at, minlength=FOLDS * shape[1]).reshape(shape)
    sums, counts = sums.sum(axis=0) - sums, counts.sum(axis=0) - counts
    return np.asarray((sums / (counts + 1.0))[judge.fold[:, None], cell])


def standard_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks by column, missing ones in the middle, with mean 0 and spread 1, shape (m, p)."""
    values = fill_middle(values)
    ranks = rankdata(values, axis=0)
    return np.asarray((ranks - ranks.mean(axis=0)) / np.maximum(ranks.std(axis=0), 1e-12))


def fill_middle(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put each column's median where a value is missing, 0 where all are, shape (m, p)."""
    missing = ~np.isfinite(values)
    if not missing.any():
        return values
    known = np.where(missing.all(axis=0), 0.0, np.where(missing, np.nan, values))
    return np.where(missing, np.nanmedian(known, axis=0), values)


def by_rank(judge: Judge, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Predict each row by a line in each column's ranks, fitted on the other folds, shape (m, p)."""
    x = standard_ranks(values)
    predicted = np.empty_like(x)
    for number in range(FOLDS):
        out = judge.fold == number
        inside, y = x[~out], judge.y[~out]
        centre, mean = inside.mean(axis=0), y.mean()
        slope = ((inside - centre) * (y - mean)[:, None]).sum(axis=0)
        slope /= np.maximum(((inside - centre) ** 2).sum(axis=0), 1e-12)
        predicted[out] = mean + (x[out] - centre) * slope
    return predicted


def single(judge: Judge, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each column's best skill alone: by coarse and fine steps, and by a monotone line, shape (p,)."""
    m = len(values)
    coarse, fine = max(3, min(10, m // 12)), max(4, min(50, m // 6))
    scores = [judge.score(by_bins(judge, *bin_columns(values, bins))) for bins in (coarse, fine)]
    return np.asarray(np.maximum.reduce([*scores, judge.score(by_rank(judge, values))]))


def joint(
    judge: Judge, values: NDArray[np.float64], categories: NDArray[np.bool_], seed: int, enough: float = 1.0
) -> float:
    """Return the skill of all columns together: the better of a ridge and of randomised trees.

    Where the ridge reaches `enough`, its skill is returned: whoever asks needs to know no more.
    """
    if not values.shape[1]:
        return 0.0
    if len(values) > JOINT_ROWS:
        keep = np.random.default_rng(seed).choice(len(values), JOINT_ROWS, replace=False)
        y = judge.y[keep]
        judge, values = Judge((y - y.mean()) / (y.std() or 1.0), judge.fold[keep]), values[keep]
    line = max(0.0, _ridge(judge, values, categories))
    return line if line >= enough else max(line, _trees(judge, values, seed))


def _ridge(judge: Judge, values: NDArray[np.float64], categories: NDArray[np.bool_]) -> float:
    design = _design(values, categories)
    predicted = np.empty(len(values))
    for number in range(FOLDS):
        out = judge.fold == number
        A, y = design[~out], judge.y[~out]
        mean = y.mean()
        gram = A.T @ A
        gram[np.diag_indices_from(gram)] += 1.0
        predicted[out] = mean + design[out] @ np.linalg.solve(gram, A.T @ (y - mean))
    return float(judge.score(predicted))


def _design(values: NDArray[np.float64], categories: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Standardise: numbers as they are and as ranks, missingness and small categories as indicators."""
    numbers = values[:, ~categories]
    missing, filled = ~np.isfinite(numbers), fill_middle(numbers)
    parts = [filled, rankdata(filled, axis=0), missing[:, missing.any(axis=0)].astype(float)]
    for at in np.flatnonzero(categories):
        levels, counts = np.unique(values[:, at], return_counts=True)
        top = levels[np.argsort(-counts, kind="stable")[:12]]
        parts.append((values[:, at, None] == top).astype(float))
    design = np.column_stack(parts)
    spread = design.std(axis=0)
    return np.asarray(np.clip((design - design.mean(axis=0)) / np.where(spread > 0, spread, 1.0), -5, 5))


def _trees(judge: Judge, values: NDArray[np.float64], seed: int) -> float:
    from sklearn import config_context
    from sklearn.tree import ExtraTreeRegressor

    known = np.isfinite(values)
    filled = np.where(known, values, values.min(initial=0.0, where=known) - 1.0)
    # The trees compute in float32: ranks keep their order and cannot overflow.
    X = rankdata(filled, axis=0, method="dense").astype(np.float32)
    predicted = np.zeros(len(X))
    with config_context(skip_parameter_validation=True):
        for number in range(FOLDS):
            out = judge.fold == number
            inside, y, outside = X[~out], judge.y[~out], X[out]
            for tree in range(TREES):
                model = ExtraTreeRegressor(min_samples_leaf=2, max_features=0.7, random_state=seed + tree)
                model.fit(inside, y, check_input=False)
                predicted[out] += model.tree_.predict(outside)[:, 0]
    return float(judge.score(predicted / TREES))
