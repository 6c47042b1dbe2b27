"""Metrics that own their direction, and the three tasks with the facts that belong to them.

Values equal scikit-learn's; they are computed in plain numpy because validating the same arrays again for
each metric costs more than a small forest's prediction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from cip_exp.records.table import TaskName

    Array = NDArray[np.float64]

Band = Literal["poor", "good", "excellent"]
INF = float("inf")
EPSILON = float(np.finfo(np.float64).eps)
SILHOUETTE_ROWS = 5_000
"""Rows that a silhouette is taken of at most: its pairwise distances are 200 MB by then."""


@dataclass(frozen=True)
class Metric:
    """A score of predictions against the truth."""

    name: str
    fn: Callable[[Array, Array], float]
    """(y_true, y_pred) of shape (n,) each → a number; NaN where it is undefined."""
    greater_is_better: bool = True
    needs: Literal["label", "score"] = "label"
    """For churn: the predicted class, or the probability of churn."""
    bounds: tuple[float, float] = (0.0, 1.0)
    """The least and the greatest value it can take."""

    def gap(self, train: float, validation: float) -> float:
        """Return how much better the training side looks, positive for overfitting."""
        return train - validation if self.greater_is_better else validation - train


def r2(y: Array, p: Array) -> float:
    """Coefficient of determination; NaN for fewer than two rows, as in scikit-learn."""
    if len(y) < 2:
        return float("nan")
    residual = float(np.sum((y - p) ** 2))
    total = float(np.sum((y - y.mean()) ** 2))
    # The mean of equal numbers need not be that number in floats, nor `total` zero.
    if total == 0.0 or y.min() == y.max():
        return 1.0 if residual == 0.0 else 0.0
    return 1.0 - residual / total


def rmse(y: Array, p: Array) -> float:
    """Root mean squared error, in the unit of y."""
    return float(np.sqrt(np.mean((y - p) ** 2)))


def mae(y: Array, p: Array) -> float:
    """Mean absolute error, in the unit of y."""
    return float(np.mean(np.abs(y - p)))


def mae_vs_zero(y: Array, p: Array) -> float:
    """Mean absolute error as a share of what predicting zero for everybody makes; NaN where all are zero.

    Where most customers spend nothing, zero wins this one; a model has to earn its place by the others.
    """
    zero = float(np.mean(np.abs(y)))
    return mae(y, p) / zero if zero else float("nan")


def spearman(y: Array, p: Array) -> float:
    """Rank correlation; NaN where either side is constant."""
    from scipy.stats import rankdata

    a, b = rankdata(y), rankdata(p)
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale else float("nan")


def top_decile_capture(y: Array, p: Array) -> float:
    """Share of all value that the tenth of customers with the highest predictions holds; NaN without value.

    Customers who tie at the edge of the tenth count in part.
    """
    total, k = float(y.sum()), max(1, round(len(y) / 10))
    if total <= 0:
        return float("nan")
    edge = np.partition(p, -k)[-k]
    above, tied = p > edge, p == edge
    share = (k - int(above.sum())) / int(tied.sum())
    return float(y[above].sum() + share * y[tied].sum()) / total


def precision(y: Array, p: Array) -> float:
    """Share of predicted churners who churned; 0 where none is predicted."""
    chosen = p == 1
    predicted = np.count_nonzero(chosen)
    return np.count_nonzero(chosen & (y == 1)) / predicted if predicted else 0.0


def recall(y: Array, p: Array) -> float:
    """Share of churners who were predicted; 0 where there are none."""
    churned = y == 1
    actual = np.count_nonzero(churned)
    return np.count_nonzero(churned & (p == 1)) / actual if actual else 0.0


def f1(y: Array, p: Array) -> float:
    """Harmonic mean of precision and recall; 0 where nobody churned and none is predicted."""
    chosen, churned = p == 1, y == 1
    both = np.count_nonzero(chosen) + np.count_nonzero(churned)
    return 2.0 * np.count_nonzero(chosen & churned) / both if both else 0.0


def roc_auc(y: Array, p: Array) -> float:
    """Area under the ROC curve (Mann-Whitney); NaN where only one class is present."""
    churned = y == 1
    above, below = p[churned], p[~churned]
    pairs = len(above) * len(below)
    if not pairs:
        return float("nan")
    below.sort()
    # A pair with equal scores is won by half: it counts on one side of `searchsorted` and not on the other.
    won = int(below.searchsorted(above, "left").sum()) + int(below.searchsorted(above, "right").sum())
    return won / 2 / pairs


def average_precision(y: Array, p: Array) -> float:
    """Precision averaged over the steps of recall; NaN where nobody churned."""
    order = (-p).argsort(kind="stable")
    hits, ranked = (y[order] == 1).cumsum(), p[order]
    positives = int(hits[-1]) if len(hits) else 0
    if not positives:
        return float("nan")
    last = np.append((ranked[1:] != ranked[:-1]).nonzero()[0], len(p) - 1)  # equal scores are one step
    hits = hits[last]
    steps = hits.copy()
    steps[1:] -= hits[:-1]
    return float((steps * hits / (last + 1)).sum()) / positives


def log_loss(y: Array, p: Array) -> float:
    """Cross-entropy in nats, with probabilities clipped at double precision's epsilon."""
    # The probability of what happened: one logarithm a row.
    happened = np.where(y == 1, p, 1 - p).clip(EPSILON, 1 - EPSILON)
    return -float(np.log(happened).mean())


def silhouette(X: Array, labels: Array) -> float:
    """Mean silhouette of the rows (a sample of many); 0 for one cluster, or for as many as rows."""
    from sklearn.metrics import silhouette_score

    clusters, first = np.unique(labels, return_index=True)
    if not 2 <= len(clusters) <= len(labels) - 1:
        return 0.0
    if len(labels) > SILHOUETTE_ROWS:
        drawn = np.random.default_rng(0).choice(len(labels), SILHOUETTE_ROWS, replace=False)
        rows = np.union1d(drawn, first)  # one row of each cluster at least, or small ones are lost
        X, labels = X[rows], labels[rows]
    return float(silhouette_score(X, labels))


@dataclass(frozen=True)
class Task:
    """What is measured for a task, and the source system's own bars for success."""

    name: TaskName
    metrics: Mapping[str, Metric]
    primary: str
    criteria: Mapping[str, float]
    """All have to be exceeded: the source's success thresholds."""
    realistic: tuple[float, float]
    """Of the primary metric: below is poor, inside is good, above is excellent."""

    @property
    def metric(self) -> Metric:
        """The primary metric."""
        return self.metrics[self.primary]

    def band(self, score: float) -> Band:
        """Return the source's band for a primary score."""
        low, high = self.realistic
        return "poor" if score < low else "good" if score <= high else "excellent"

    def meets(self, scores: Mapping[str, float]) -> bool:
        """Tell whether all success thresholds are exceeded."""
        return all(scores.get(name, float("-inf")) > bar for name, bar in self.criteria.items())


def _by_name(*metrics: Metric) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


TASKS: dict[str, Task] = {
    "clv": Task(
        name="clv",
        metrics=_by_name(
            Metric("r2", r2, bounds=(-INF, 1.0)),
            Metric("rmse", rmse, False, bounds=(0.0, INF)),
            Metric("mae", mae, False, bounds=(0.0, INF)),
            Metric("mae_vs_zero", mae_vs_zero, False, bounds=(0.0, INF)),
            Metric("spearman", spearman, bounds=(-1.0, 1.0)),
            Metric("top_decile_capture", top_decile_capture),
        ),
        primary="r2",
        criteria={"r2": 0.80},
        realistic=(0.60, 0.80),
    ),
    "churn": Task(
        name="churn",
        metrics=_by_name(
            Metric("f1", f1),
            Metric("precision", precision),
            Metric("recall", recall),
            Metric("roc_auc", roc_auc, needs="score"),
            Metric("average_precision", average_precision, needs="score"),
            Metric("log_loss", log_loss, False, needs="score", bounds=(0.0, INF)),
        ),
        primary="f1",
        criteria={"f1": 0.80, "precision": 0.75},
        realistic=(0.65, 0.80),
    ),
    "segments": Task(
        name="segments",
        metrics=_by_name(Metric("silhouette", silhouette, bounds=(-1.0, 1.0))),
        primary="silhouette",
        criteria={"silhouette": 0.55},
        realistic=(0.40, 0.60),
    ),
}
