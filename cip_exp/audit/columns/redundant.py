"""Columns that another column determines: a multiple or a function of it. Redundant, not leaking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.measures.formulas import Formula
from cip_exp.audit.measures.rounding import Interval, match

if TYPE_CHECKING:
    from cip_exp.audit.column_view import ColumnView

ROWS = 1_000
FEW_VALUES = 0.2
"""A column with more different values than this share of the rows may determine any column by chance."""
MAX_COLUMNS = 60


def redundant(case: Case) -> list[Finding] | NotApplicable:
    """Report columns that an earlier column determines as `redundant`.

    The first 60 columns that vary are compared on at most 1,000 rows. Either the earlier column has few
    different values (at most 20 % of the rows), each with one value of the later column; or the later column
    is a linear function of the earlier one, exact within rounding. Not applicable where fewer than two
    columns vary.
    """
    view = case.view
    at = [one for one, kind in enumerate(view.kinds) if kind != "constant"][:MAX_COLUMNS]
    if len(at) < 2:
        return NotApplicable("fewer than two columns vary")
    rows = np.linspace(0, len(view.rows) - 1, min(ROWS, len(view.rows))).astype(np.int64)
    codes = np.column_stack([np.unique(view.values[rows, one], return_inverse=True)[1] for one in at])
    counts = codes.max(axis=0) + 1
    found: dict[str, Finding] = {}
    for later in range(1, len(at)):
        for earlier in range(later):
            text = _relation(view, rows, codes, counts, at, (earlier, later))
            if text:
                name = view.names[at[later]]
                found.setdefault(name, Finding("redundant", "redundant", (name,), text))
                break
    return list(found.values())


def _relation(
    view: ColumnView,
    rows: np.ndarray,
    codes: np.ndarray,
    counts: np.ndarray,
    at: list[int],
    pair: tuple[int, int],
) -> str:
    first, second = pair
    name, other = view.names[at[second]], view.names[at[first]]
    few = FEW_VALUES * len(rows)
    width = int(counts[second])
    joint = (
        len(np.unique(codes[:, first] * width + codes[:, second])) if counts[first] <= few else len(rows) + 1
    )
    if joint == counts[first] and counts[second] > 2:
        return f"{name} is a function of {other}: each of its {counts[first]} values has one value of {name}"
    if view.kinds[at[first]] != "number" or view.kinds[at[second]] != "number":
        return ""
    return _linear_relation(view, rows, at[first], at[second])


def _linear_relation(view: ColumnView, rows: np.ndarray, first: int, second: int) -> str:
    """Return `b = c × a + d` in words where it holds within rounding; else an empty string."""
    x, y = view.values[rows, first], view.values[rows, second]
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if len(x) < 30 or np.ptp(x) == 0 or abs(np.corrcoef(x, y)[0, 1]) < 0.999:
        return ""
    slope, start = np.polyfit(x, y, 1)
    formula = Formula(
        "sum", (first,), (float(slope),), float(start) if abs(start) > 1e-9 * np.ptp(y) else 0.0
    )
    image = formula.image([Interval(x, view.half_width(first)[rows][known])])
    kept = match(Interval(y, view.half_width(second)[rows][known]), image)
    return f"{view.names[second]} = {formula.text([view.names[first]])} within rounding" if kept.exact else ""
