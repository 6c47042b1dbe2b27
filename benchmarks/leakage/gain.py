"""The gain of a leak: how much it adds to the score of a gradient-boosted model.

A leak without any gain is still an error, but does no harm if it is missed; the tables show both counts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.leakage.planting import Planted, SplitData

MIN_GAIN = 0.05
"""A leak that adds less than this to the share of variance explained counts as harmless."""


def measure_gains(cases: Sequence[tuple[str, Planted]]) -> list[float]:
    """Return the gain of each case of one data set, in the share of the test side's variance explained.

    A column is compared with the same table without it. A procedure is compared with its control, which has
    other test rows, so that single gains are noisy. NaN for controls.
    """
    controls = {
        planted.kind: score(planted.split_data) for family, planted in cases if family == "procedure control"
    }
    gains = []
    for family, planted in cases:
        if family == "column":
            gains.append(score(planted.split_data) - _score_without_column(planted))
        elif family == "procedure" and planted.kind in controls:
            gains.append(score(planted.split_data) - controls[planted.kind])
        else:
            gains.append(float("nan"))
    return gains


def _score_without_column(planted: Planted) -> float:
    data = planted.split_data.data
    X = data.X.drop(columns=list(planted.columns))
    return score(replace(planted.split_data, data=replace(data, X=X)))


def score(given: SplitData) -> float:
    """Return the share of the test side's variance that a gradient-boosted model explains, at least 0."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    X = given.data.X.copy()
    for name in X.select_dtypes("category"):
        X[name] = X[name].cat.codes
    if given.groups is not None:
        X["entity"] = given.groups
    if given.time is not None:
        X["date"] = given.time
    y, test = given.data.y, given.test
    if np.ptp(y[test]) == 0 or not X.shape[1]:
        return 0.0
    model = HistGradientBoostingRegressor(max_iter=40, random_state=0)
    predicted = model.fit(X[~test], y[~test]).predict(X[test])
    spread = ((y[test] - y[test].mean()) ** 2).sum()
    return max(0.0, float(1 - ((y[test] - predicted) ** 2).sum() / spread))
