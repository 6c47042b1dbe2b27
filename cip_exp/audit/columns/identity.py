"""Exact identities: the target is a formula of up to three columns, to the last stored digit.

A formula that holds on nearly all rows, where rounding leaves it little room, is how a column was made. The
column that was computed is the one that the others give back to its own last digit; the columns it was
computed with are innocent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import rankdata

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.column_view import half_by_digits, half_widths, stored_decimals
from cip_exp.audit.measures.formulas import Formula, linear_formulas, pair_formulas
from cip_exp.audit.measures.rounding import Interval, Match, match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cip_exp.audit.column_view import View

MIN_ROWS = 30
MIN_VALUES = 8
"""A target of fewer different values meets almost anything."""
MOST_COLUMNS = 60
"""Of more numeric columns, those whose ranks follow the target's most closely are tried."""


class Identity(NamedTuple):
    """A formula that the rows keep, and the column that was computed by it."""

    formula: Formula
    match: Match
    culprit: int


def identity(case: Case) -> list[Finding] | NotApplicable:
    """Accuse the computed column of every formula that gives the target exactly."""
    view = case.view
    if view.y is None:
        return NotApplicable("there is no target")
    if len(view.y) < MIN_ROWS or np.unique(view.y).size < MIN_VALUES:
        return NotApplicable(f"fewer than {MIN_ROWS} rows or {MIN_VALUES} values of the target")
    if not view.numeric():
        return NotApplicable("no numeric column")
    y = Interval(view.y, half_widths(view.y, stored_decimals(view.y)))
    found: dict[int, Identity] = {}
    for formula in _formulas(view, y):
        # A formula around a column that is already accused says nothing new of its other columns.
        if not found.keys() & set(formula.columns):
            kept = _test(view, y, formula)
            if kept is not None:
                found[kept.culprit] = kept
    return [_finding(case, kept) for kept in found.values()]


def _formulas(view: View, y: Interval) -> Iterator[Formula]:
    """Yield what comes near, the simplest first."""
    at = _chosen(view, y)
    wide = [Interval(view.values[:, one], np.maximum(view.half(one), view.half(one, True))) for one in at]
    yield from pair_formulas(y, wide, at)
    values = view.values[:, at]
    positive = [n for n in range(len(at)) if not (values[:, n] <= 0).any()]
    yield from linear_formulas(y.value, values, at, "sum", 3)
    chosen, logs = [at[n] for n in positive], np.log(values[:, positive])
    if (y.value > 0).all():
        yield from linear_formulas(np.log(y.value), logs, chosen, "power", 3)
        yield from linear_formulas(np.log(y.value), values, at, "exp", 1)
    yield from linear_formulas(y.value, logs, chosen, "log", 1)


def _chosen(view: View, y: Interval) -> list[int]:
    at = view.numeric()
    if len(at) <= MOST_COLUMNS:
        return at
    ranks = rankdata(np.nan_to_num(view.values[:, at]), axis=0)
    ranks = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    goal = rankdata(y.value)
    nearest = np.argsort(-np.abs(ranks.T @ (goal - goal.mean())), kind="stable")[:MOST_COLUMNS]
    return sorted(at[one] for one in nearest)


def _test(view: View, y: Interval, formula: Formula) -> Identity | None:
    """Try the formula with the columns as stored to a decimal, then to a significant digit."""
    for significant in (False, True):
        operands = [Interval(view.values[:, at], view.half(at, significant)) for at in formula.columns]
        kept = match(y, formula.image(operands))
        # Only a formula without fitted weights may be believed where it holds on a part of the rows.
        plain = all(abs(weight) == 1.0 for weight in formula.weights)
        if kept.exact or (kept.partly and plain):
            return Identity(formula, kept, _culprit(view, y, formula))
    return None


def _culprit(view: View, y: Interval, formula: Formula) -> int:
    """Return the column that was computed: given back by the others most often, or of most values."""

    def evidence(at: int) -> tuple[float, int, int]:
        column = view.values[:, at]
        values = [view.values[:, one] for one in formula.columns]
        solved = formula.solve(y.value, values, formula.columns.index(at))
        known = np.isfinite(column) & np.isfinite(solved)
        near = np.abs(column - solved) <= np.maximum(view.half(at), half_by_digits(column)) * 1.001
        return round(float(near[known].mean()), 1), _values(column), at

    return max(formula.columns, key=evidence)


def _values(column: NDArray[np.float64]) -> int:
    return int(np.unique(column[np.isfinite(column)]).size)


def _finding(case: Case, kept: Identity) -> Finding:
    view, (formula, rows, culprit) = case.view, kept
    name = view.names[culprit]
    words = formula.words([view.names[at] for at in formula.columns])
    held = round(rows.holds * rows.n)
    text = f"{words} = {case.target} on {held} of {rows.n} rows within rounding ({rows.chance:.1%} by chance)"
    evidence = {"holds": rows.holds, "chance": rows.chance, "rows": float(rows.n)}
    return Finding("identity", "suspect" if case.cleared(name) else "leak", (name,), text, evidence)
