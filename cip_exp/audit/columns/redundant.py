"""Columns that repeat another column: a multiple of it, or a function of it. Redundant, not leaking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.measures.formulas import Formula
from cip_exp.audit.measures.rounding import Interval, match

if TYPE_CHECKING:
    from cip_exp.audit.column_view import View

ROWS = 1_000
FEW_VALUES = 0.2
"""A column of more different values than this share of the rows determines everything by chance."""
MOST_COLUMNS = 60


def redundant(case: Case) -> list[Finding] | NotApplicable:
    """Name columns that another column determines."""
    view = case.view
    at = [one for one, kind in enumerate(view.kinds) if kind != "constant"][:MOST_COLUMNS]
    if len(at) < 2:
        return NotApplicable("fewer than two columns vary")
    rows = np.linspace(0, len(view.rows) - 1, min(ROWS, len(view.rows))).astype(np.int64)
    codes = np.column_stack([np.unique(view.values[rows, one], return_inverse=True)[1] for one in at])
    counts = codes.max(axis=0) + 1
    found: dict[str, Finding] = {}
    for later in range(1, len(at)):
        for earlier in range(later):
            text = _repeats(view, rows, codes, counts, at, (earlier, later))
            if text:
                name = view.names[at[later]]
                found.setdefault(name, Finding("redundant", "redundant", (name,), text))
                break
    return list(found.values())


def _repeats(
    view: View, rows: np.ndarray, codes: np.ndarray, counts: np.ndarray, at: list[int], pair: tuple[int, int]
) -> str:
    first, second = pair
    name, other = view.names[at[second]], view.names[at[first]]
    few = FEW_VALUES * len(rows)
    width = int(counts[second])
    joint = (
        len(np.unique(codes[:, first] * width + codes[:, second])) if counts[first] <= few else len(rows) + 1
    )
    if joint == counts[first] and counts[second] > 2:
        return f"{name} is a function of {other}: {counts[first]} values of it, one of {name} for each"
    if view.kinds[at[first]] != "number" or view.kinds[at[second]] != "number":
        return ""
    return _line(view, rows, at[first], at[second])


def _line(view: View, rows: np.ndarray, first: int, second: int) -> str:
    """Say whether one column is another times a constant, plus a constant, within rounding."""
    x, y = view.values[rows, first], view.values[rows, second]
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if len(x) < 30 or np.ptp(x) == 0 or abs(np.corrcoef(x, y)[0, 1]) < 0.999:
        return ""
    slope, start = np.polyfit(x, y, 1)
    formula = Formula(
        "sum", (first,), (float(slope),), float(start) if abs(start) > 1e-9 * np.ptp(y) else 0.0
    )
    image = formula.image([Interval(x, view.half(first)[rows][known])])
    kept = match(Interval(y, view.half(second)[rows][known]), image)
    return (
        f"{view.names[second]} = {formula.words([view.names[first]])} within rounding" if kept.exact else ""
    )
