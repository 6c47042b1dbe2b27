"""Metrics equal scikit-learn's, also with ties and with a single class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as theirs

from cip_exp.evaluation import metrics as ours
from cip_exp.evaluation.metrics import TASKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))
SCORES = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1))


def arrays(*columns: st.SearchStrategy[float]) -> st.SearchStrategy[list[NDArray[np.float64]]]:
    rows = st.lists(st.tuples(*columns), min_size=2, max_size=30)
    return rows.map(lambda drawn: [np.array(column, dtype=np.float64) for column in zip(*drawn, strict=True)])


@given(arrays(NUMBERS, NUMBERS))
def test_regression_metrics_equal_scikit_learns(data: list[NDArray[np.float64]]) -> None:
    y, p = data
    assert ours.rmse(y, p) == pytest.approx(theirs.root_mean_squared_error(y, p))
    assert ours.mae(y, p) == pytest.approx(theirs.mean_absolute_error(y, p))
    if y.min() < y.max():
        assert ours.r2(y, p) == pytest.approx(theirs.r2_score(y, p))


def test_r2_of_a_constant_target() -> None:
    # scikit-learn returns -2.6e30 here: in floats the mean of these three values differs from them.
    y = np.full(3, 0.1)
    assert ours.r2(y, y + 0.03) == 0.0
    assert ours.r2(y, y) == 1.0
    assert math.isnan(ours.r2(y[:1], y[:1]))


@given(arrays(st.integers(0, 1), st.integers(0, 1)))
def test_metrics_of_labels_equal_scikit_learns(data: list[NDArray[np.float64]]) -> None:
    y, p = data
    assert ours.precision(y, p) == pytest.approx(theirs.precision_score(y, p, zero_division=0))
    assert ours.recall(y, p) == pytest.approx(theirs.recall_score(y, p, zero_division=0))
    assert ours.f1(y, p) == pytest.approx(theirs.f1_score(y, p, zero_division=0))


@given(arrays(st.integers(0, 1), SCORES))
def test_metrics_of_probabilities_equal_scikit_learns(data: list[NDArray[np.float64]]) -> None:
    y, p = data
    assert ours.log_loss(y, p) == pytest.approx(theirs.log_loss(y, p, labels=[0, 1]))
    if 0 < y.sum() < len(y):
        assert ours.roc_auc(y, p) == pytest.approx(theirs.roc_auc_score(y, p))
    else:
        assert math.isnan(ours.roc_auc(y, p))
    if y.sum():
        assert ours.average_precision(y, p) == pytest.approx(theirs.average_precision_score(y, p))
    else:
        assert math.isnan(ours.average_precision(y, p))


def test_silhouette() -> None:
    X = np.array([[0.0], [1.0], [10.0], [12.0]])
    labels = np.array([0.0, 0.0, 1.0, 1.0])
    assert ours.silhouette(X, labels) == pytest.approx(theirs.silhouette_score(X, labels))
    assert ours.silhouette(X, np.zeros(4)) == 0.0
    assert ours.silhouette(X, np.arange(4.0)) == 0.0


def test_silhouette_of_many_rows_keeps_a_cluster_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "SILHOUETTE_ROWS", 20)
    X = np.r_[np.random.default_rng(0).normal(size=(400, 2)), np.full((2, 2), 1e3)]
    labels = np.r_[np.zeros(400), 1.0, 1.0]
    assert ours.silhouette(X, labels) > 0.9
    assert ours.silhouette(X, labels) == ours.silhouette(X, labels)


def test_a_gap_is_positive_for_overfitting_in_either_direction() -> None:
    assert TASKS["clv"].metrics["r2"].gap(0.9, 0.7) == pytest.approx(0.2)
    assert TASKS["clv"].metrics["rmse"].gap(10.0, 15.0) == 5.0
    assert TASKS["churn"].metrics["log_loss"].gap(0.1, 0.4) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("task", "score", "band"),
    [
        ("clv", 0.5999, "poor"), ("clv", 0.60, "good"), ("clv", 0.80, "good"), ("clv", 0.8001, "excellent"),
        ("churn", 0.6499, "poor"), ("churn", 0.65, "good"), ("churn", 0.81, "excellent"),
        ("segments", 0.39, "poor"), ("segments", 0.40, "good"), ("segments", 0.61, "excellent"),
    ],
)  # fmt: skip
def test_bands_of_the_source(task: str, score: float, band: str) -> None:
    assert TASKS[task].band({TASKS[task].criterion.name: score}) == band


def test_success_criteria_are_met_when_every_threshold_is_exceeded() -> None:
    churn = TASKS["churn"]
    assert churn.meets({"f1": 0.81, "precision": 0.76})
    assert not churn.meets({"f1": 0.81, "precision": 0.75})
    assert not churn.meets({"f1": 0.81})
    assert not TASKS["clv"].meets({"r2": 0.80})
    assert TASKS["segments"].meets({"silhouette": 0.56})
