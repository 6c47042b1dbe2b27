"""Small data under complex models: too few rows for the columns, or for the model's leaves."""

from __future__ import annotations

import numpy as np

from cip_exp.audit.case import Case, Finding

PER_COLUMN = 10
"""The old rule of thumb: so many rows for each column, of the rarer class where there is one."""
PER_LEAF = 5


def small(case: Case) -> list[Finding] | None:
    """Note where rows (of the rarer class) are few for the columns, or for the leaves of the model."""
    n, p = case.X.shape
    train = np.arange(n) if case.split is None else case.split.final.train
    rows, what = len(train), "training rows"
    if case.task == "churn" and case.y is not None and n:
        positive = int((case.y[train] == case.y.max()).sum())
        rows, what = min(positive, rows - positive), "training rows of the rarer class"
    found = []
    if rows < PER_COLUMN * p:
        text = f"{rows} {what} for {p} columns: under {PER_COLUMN} for each, small differences are luck"
        found.append(Finding("small", "note", (), text, {"rows": float(rows), "columns": float(p)}))
    if case.leaves is not None and len(train) < PER_LEAF * case.leaves:
        text = f"{len(train)} training rows for up to {case.leaves} leaves: the model can learn rows by heart"
        evidence = {"rows": float(len(train)), "leaves": float(case.leaves)}
        found.append(Finding("small", "note", (), text, evidence))
    return found
