"""Cases for the checks: a clean table with a target, to which a test adds columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from cip_exp.audit.case import Case
from cip_exp.records.lineage import Lineage
from cip_exp.records.table import Fold, Split

Floats = NDArray[np.float64]
MakeCase = Callable[..., Case]
N = 400


def clean_table(seed: int = 0) -> tuple[pd.DataFrame, Floats]:
    """Return eight measured columns and an amount that they explain in part: R² about .6."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({f"x{at}": rng.normal(size=N).round(3) for at in range(6)})
    X["visits"] = rng.poisson(9, N).astype(float)
    X["region"] = pd.Categorical(rng.choice(["North", "South", "West"], N))
    y = 50 + 5 * X["x0"] + 4 * X["x1"] + 0.8 * X["visits"] + rng.normal(size=N) * 5
    return X, y.to_numpy().round(2)


@pytest.fixture
def clean() -> tuple[pd.DataFrame, Floats]:
    """The clean table, new for each test."""
    return clean_table()


@pytest.fixture
def make_case() -> MakeCase:
    """Build a case from features and target; `test` marks the held-out rows of a split."""

    def build(X: pd.DataFrame, y: Floats | None, test: NDArray[np.bool_] | None = None, **more: Any) -> Case:
        labels = y is not None and np.unique(y).size <= 2
        task = "segments" if y is None else "churn" if labels else "clv"
        scheme = more.pop("scheme", "holdout")
        if test is not None:
            sides = np.flatnonzero(~test), np.flatnonzero(test)
            fold = Fold(0, 0, *sides, *((None, None) if y is None else (y[sides[0]], y[sides[1]])))
            more["split"] = Split((fold,), fold, scheme, twins_grouped=False)
        settings = {"target": "amount", "raw": None, "lineage": Lineage(), **more}
        return Case(X=X, y=y, task=task, **settings)

    return build
