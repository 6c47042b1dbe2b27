"""Small data: too few rows for the number of columns."""

from __future__ import annotations

import numpy as np

from cip_exp.audit.case import Case, Finding

PER_COLUMN = 10
"""Rule of thumb: the minimum number of rows a column, of the rarer class where there are classes."""


def small(case: Case) -> list[Finding] | None:
    """Note fewer than 10 training rows a column; for churn, rows of the rarer class. Always applicable."""
    n, p = case.X.shape
    train = np.arange(n) if case.split is None else case.split.final.train
    rows, what = len(train), "training rows"
    if case.task == "churn" and case.y is not None and n:
        positive = int((case.y[train] == case.y.max()).sum())
        rows, what = min(positive, rows - positive), "training rows of the rarer class"
    if rows >= PER_COLUMN * p:
        return None
    text = f"{rows} {what} for {p} columns: under {PER_COLUMN} for each, so small differences may be chance"
    return [Finding("small", "note", (), text, {"rows": float(rows), "columns": float(p)})]
