"""Degenerate tables: one factor explains all numbers, and few rows are distinct, so any model scores well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.column_view import ROWS, to_number

if TYPE_CHECKING:
    import pandas as pd

MIN_FACTOR = 0.95
"""The minimum share of the standardised variance in the first principal component."""
MAX_DISTINCT = 0.5
"""The largest share of distinct rows, in features and target."""
MIN_COLUMNS = 3
WIDE = 500
MIN_VALUES = 5


def degenerate(case: Case) -> list[Finding] | NotApplicable | None:
    """Report a table whose numbers follow one factor and whose rows repeat as `degenerate`.

    The first principal component of the standardised raw numbers (target included, ids left out) has at least
    95 % of the variance, and at most 50 % of the rows are distinct in features and target. Not applicable
    with fewer than 3 raw numeric columns of at least 5 values.
    """
    numbers = _numbers(case)
    if numbers.shape[1] < MIN_COLUMNS or len(numbers) < MIN_COLUMNS:
        return NotApplicable(f"fewer than {MIN_COLUMNS} raw numeric columns")
    scaled = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    # Both products have the same largest eigenvalue; that of the rows is the smaller one of a wide table.
    wide = scaled.shape[1] > max(len(scaled), WIDE)
    product = scaled @ scaled.T if wide else scaled.T @ scaled
    share = float(np.linalg.eigvalsh(product / len(scaled))[-1] / scaled.shape[1])
    distinct = len(np.unique(case.copies)) / len(case.copies)
    if share < MIN_FACTOR or distinct > MAX_DISTINCT:
        return None
    text = (
        f"one factor explains {share:.1%} of the variance of {numbers.shape[1]} numeric columns, and "
        f"{distinct:.1%} of the rows are distinct: any column predicts any other"
    )
    return [Finding("degenerate", "degenerate", (), text, {"factor": share, "distinct": distinct})]


def _numbers(case: Case) -> np.ndarray:
    """Return the raw numeric columns, target included and ids left out, in complete rows, shape (m, q)."""
    frame = case.X if case.raw is None else case.raw
    columns = []
    for name in frame.columns:
        column = frame[name].iloc[case.view.rows]
        raw = case.lineage.raw(str(name))
        values, kind = to_number(column)
        if raw and kind == "number" and len(np.unique(values)) >= MIN_VALUES and not _is_id(column):
            columns.append(values)
    if case.raw is None and case.view.y is not None and len(np.unique(case.view.y)) >= MIN_VALUES:
        columns.append(case.view.y)
    table = np.column_stack(columns) if columns else np.empty((len(case.view.rows), 0))
    kept = table[np.isfinite(table).all(axis=1)]
    return kept[:, kept.std(axis=0) > 0] if len(kept) else kept


def _is_id(column: pd.Series) -> bool:
    values = column.to_numpy(dtype=float)
    whole = bool((values == np.rint(values)).all())
    return whole and column.is_unique and float(np.ptp(values)) < 1.05 * max(len(values), ROWS)
