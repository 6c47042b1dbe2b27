"""How much a leak is worth: what it adds to the score of a boosted model, on the benchmark's own cases.

A leak that adds nothing is still wrong, but missing it costs nothing: the tables tell the two apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.leakage.planting import Cell, Planted

MATERIAL = 0.05
"""A leak that adds less than this to the share of variance explained is not counted as material."""


def worth(cases: Sequence[tuple[str, Planted]]) -> list[float]:
    """Return the gain of each case of one host in the share of the test side's variance explained.

    A column is compared with the same table without it, a procedure with its control done right (on other
    test rows, so that single gains are noisy); NaN for controls.
    """
    right = {planted.kind: score(planted.cell) for family, planted in cases if family == "procedure control"}
    gains = []
    for family, planted in cases:
        if family == "column":
            gains.append(score(planted.cell) - _without(planted))
        elif family == "procedure" and planted.kind in right:
            gains.append(score(planted.cell) - right[planted.kind])
        else:
            gains.append(float("nan"))
    return gains


def _without(planted: Planted) -> float:
    data = planted.cell.data
    X = data.X.drop(columns=list(planted.columns))
    return score(replace(planted.cell, data=replace(data, X=X)))


def score(cell: Cell) -> float:
    """Return the share of the test side's variance that a boosted model explains, at least 0."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    X = cell.data.X.copy()
    for name in X.select_dtypes("category"):
        X[name] = X[name].cat.codes
    if cell.groups is not None:
        X["entity"] = cell.groups
    if cell.time is not None:
        X["date"] = cell.time
    y, test = cell.data.y, cell.test
    if np.ptp(y[test]) == 0 or not X.shape[1]:
        return 0.0
    model = HistGradientBoostingRegressor(max_iter=40, random_state=0)
    predicted = model.fit(X[~test], y[~test]).predict(X[test])
    spread = ((y[test] - y[test].mean()) ** 2).sum()
    return max(0.0, float(1 - ((y[test] - predicted) ** 2).sum() / spread))
