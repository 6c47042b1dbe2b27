"""Small data: too few rows for the number of columns, or for the leaves of the model."""

from __future__ import annotations

import numpy as np

from cip_exp.audit.case import Case, Finding

PER_COLUMN = 10
"""Rule of thumb: the minimum number of rows a column, of the rarer class where there are classes."""
PER_LEAF = 5
"""The minimum number of rows a leaf."""


def small(case: Case) -> list[Finding] | None:
    """Note fewer than 10 training rows a column, or fewer than 5 a leaf of the model.

    For churn, the first counts rows of the rarer class. The second needs a known number of leaves. Always
    applicable.
    """
    n, p = case.X.shape
    train = np.arange(n) if case.split is None else case.split.final.train
    rows, what = len(train), "training rows"
    if case.task == "churn" and case.y is not None and n:
        positive = int((case.y[train] == case.y.max()).sum())
        rows, what = min(positive, rows - positive), "training rows of the rarer class"
    found = []
    if rows < PER_COLUMN * p:
        text = (
            f"{rows} {what} for {p} columns: under {PER_COLUMN} for each, so small differences may be chance"
        )
        found.append(Finding("small", "note", (), text, {"rows": float(rows), "columns": float(p)}))
    if case.leaves is not None and len(train) < PER_LEAF * case.leaves:
        text = f"{len(train)} training rows for up to {case.leaves} leaves: the model can memorise rows"
        evidence = {"rows": float(len(train)), "leaves": float(case.leaves)}
        found.append(Finding("small", "note", (), text, evidence))
    return found
