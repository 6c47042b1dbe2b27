"""Scores of bootstrap samples, given as counts, equal the metrics of the repeated rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cip_exp.evaluation.bootstrap_metrics import predictions_for, scores
from cip_exp.evaluation.metrics import TASKS

if TYPE_CHECKING:
    from cip_exp.evaluation.metric import Metric

METRICS = [metric for task in ("churn", "clv") for metric in TASKS[task].metrics.values()]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 40), levels=st.integers(2, 30))
@settings(max_examples=25, deadline=None)
def test_scores_by_counts_equal_the_metric_of_repeated_rows(
    metric: Metric, seed: int, n: int, levels: int
) -> None:
    rng = np.random.default_rng(seed)
    churn = metric.name in TASKS["churn"].metrics
    y = rng.integers(0, 2, n).astype(float) if churn else rng.normal(100.0, 5.0, n)
    p = rng.integers(0, levels, (3, n)) / levels if churn else rng.normal(100.0, 5.0, (3, n))
    counts = rng.multinomial(n, np.full(n, 1 / n), size=4).T.astype(float)
    found = scores(metric, y, p, counts)
    for trial, draw in np.ndindex(found.shape):
        rows = np.repeat(np.arange(n), counts[:, draw].astype(int))
        if metric.name == "r2" and np.ptp(y[rows]) == 0:
            continue  # NaN by counts; the metric has scikit-learn's value for a constant target
        expected = metric.fn(y[rows], predictions_for(metric, p)[trial][rows])
        # Relative: R² is below −10,000 where the drawn values of y are nearly equal.
        assert found[trial, draw] == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)
