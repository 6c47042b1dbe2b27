"""The functions of all metrics, and the metrics and thresholds of the three tasks.

Values equal scikit-learn's. They are computed in plain numpy, since scikit-learn's validation of the same
arrays for each metric costs more than the prediction of a small forest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from cip_exp.evaluation.metric import Metric
from cip_exp.records.vocabulary import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cip_exp.records.table import TaskName

    Array = NDArray[np.float64]

Band = Literal["poor", "good", "excellent"]
INF = float("inf")
EPSILON = float(np.finfo(np.float64).eps)
SILHOUETTE_ROWS = 5_000
"""Rows of a silhouette at most: the pairwise distances of so many take 200 MB."""


def r2(y: Array, p: Array) -> float:
    """Coefficient of determination; NaN for fewer than two rows, as in scikit-learn."""
    if len(y) < 2:
        return float("nan")
    residual = float(np.sum((y - p) ** 2))
    total = float(np.sum((y - y.mean()) ** 2))
    # In floats the mean of equal numbers may differ from them, and `total` from zero.
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
    """Mean absolute error divided by that of predicting zero for all; NaN where all values are zero.

    Where most customers spend nothing, predicting zero is best by this metric; compare models by the others.
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
    """Share of all value in the tenth of customers with the highest predictions; NaN where there is no value.

    Customers with equal predictions at the edge of the tenth count in part.
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
    """Share of churners who were predicted; 0 where there are no churners."""
    churned = y == 1
    actual = np.count_nonzero(churned)
    return np.count_nonzero(churned & (p == 1)) / actual if actual else 0.0


def f1(y: Array, p: Array) -> float:
    """Harmonic mean of precision and recall; 0 where there is no churner and none is predicted."""
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
    # A pair with equal scores counts half: one of the two sides of `searchsorted` counts it.
    won = int(below.searchsorted(above, "left").sum()) + int(below.searchsorted(above, "right").sum())
    return won / 2 / pairs


def average_precision(y: Array, p: Array) -> float:
    """Precision averaged over the steps of recall; NaN where there is no churner."""
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
    # The probability of the true class, so that each row needs one logarithm.
    of_truth = np.where(y == 1, p, 1 - p).clip(EPSILON, 1 - EPSILON)
    return -float(np.log(of_truth).mean())


def silhouette(X: Array, labels: Array) -> float:
    """Mean silhouette of the rows (a sample of many rows); 0 for one cluster, or for as many as rows."""
    from sklearn.metrics import silhouette_score

    clusters, first = np.unique(labels, return_index=True)
    if not 2 <= len(clusters) <= len(labels) - 1:
        return 0.0
    if len(labels) > SILHOUETTE_ROWS:
        drawn = np.random.default_rng(0).choice(len(labels), SILHOUETTE_ROWS, replace=False)
        rows = np.union1d(drawn, first)  # keeps one row of each cluster, so that none is lost
        X, labels = X[rows], labels[rows]
    return float(silhouette_score(X, labels))


@dataclass(frozen=True)
class Task:
    """The metrics of a task, and the source system's thresholds for success."""

    name: TaskName
    metrics: Mapping[str, Metric]
    primary: str
    """The metric that trials are compared by where `metric` is null, and that `realistic` is about."""
    criteria: Mapping[str, float]
    """The source's success thresholds; all have to be exceeded."""
    realistic: tuple[float, float]
    """Range of the primary metric: a score below it is poor, inside good, above excellent."""

    @property
    def criterion(self) -> Metric:
        """The metric that the source's thresholds are about, whichever one trials are compared by."""
        return self.metrics[self.primary]

    def band(self, scores: Mapping[str, float]) -> Band:
        """Return the source's band for these scores by metric; only that of `criterion` counts."""
        score, (low, high) = scores[self.criterion.name], self.realistic
        return "poor" if score < low else "good" if score <= high else "excellent"

    def meets(self, scores: Mapping[str, float]) -> bool:
        """Return whether all success thresholds are exceeded."""
        return all(scores.get(name, float("-inf")) > least for name, least in self.criteria.items())


def _by_name(*metrics: Metric) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


TASKS: dict[str, Task] = {
    "clv": Task(
        name="clv",
        metrics=_by_name(
            Metric("r2", r2, bounds=(-INF, 1.0), scorer_name="r2"),
            Metric("rmse", rmse, False, bounds=(0.0, INF), scorer_name="neg_root_mean_squared_error"),
            Metric("mae", mae, False, bounds=(0.0, INF), scorer_name="neg_mean_absolute_error"),
            Metric("mae_vs_zero", mae_vs_zero, False, bounds=(0.0, INF)),
            Metric("spearman", spearman, bounds=(-1.0, 1.0)),
            Metric("top_decile_capture", top_decile_capture),
        ),
        primary=METRICS["clv"][0],
        criteria={"r2": 0.80},
        realistic=(0.60, 0.80),
    ),
    "churn": Task(
        name="churn",
        metrics=_by_name(
            Metric("f1", f1, scorer_name="f1"),
            Metric("precision", precision, scorer_name="precision"),
            Metric("recall", recall, scorer_name="recall"),
            Metric("roc_auc", roc_auc, needs="score", scorer_name="roc_auc"),
            Metric("average_precision", average_precision, needs="score", scorer_name="average_precision"),
            Metric("log_loss", log_loss, False, needs="score", bounds=(0.0, INF), scorer_name="neg_log_loss"),
        ),
        primary=METRICS["churn"][0],
        criteria={"f1": 0.80, "precision": 0.75},
        realistic=(0.65, 0.80),
    ),
    "segments": Task(
        name="segments",
        metrics=_by_name(Metric("silhouette", silhouette, bounds=(-1.0, 1.0))),
        primary=METRICS["segments"][0],
        criteria={"silhouette": 0.55},
        realistic=(0.40, 0.60),
    ),
}


class Compared(Protocol):
    """A trial, an evaluation: anything that is compared by a metric of its task."""

    @property
    def task(self) -> TaskName:
        """Its task."""

    @property
    def primary(self) -> str:
        """The name of the metric."""


def metric_of(scored: Compared) -> Metric:
    """Return the metric that a trial or an evaluation is compared by."""
    return TASKS[scored.task].metrics[scored.primary]
