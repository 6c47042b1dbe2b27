"""Exact identities: the target is a formula of up to three columns, to the last stored digit.

A formula that holds on nearly all rows, and would hold on few by chance, shows how a column was computed. The
finding names that column: the one whose values the target and the other columns give back to its last stored
digit. The other columns of the formula are not reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import rankdata

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.column_view import half_widths, half_widths_by_digits, stored_decimals
from cip_exp.audit.measures.formulas import Formula, linear_formulas, pair_formulas
from cip_exp.audit.measures.rounding import Interval, Match, match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cip_exp.audit.column_view import ColumnView

MIN_ROWS = 30
MIN_VALUES = 8
"""A target with fewer different values agrees with almost any formula."""
MAX_COLUMNS = 60
"""With more numeric columns, those with the highest rank correlation with the target are tried."""


class Identity(NamedTuple):
    """A formula that holds on the rows, and the column that was computed by it."""

    formula: Formula
    match: Match
    computed: int
    """Position of the column in the column view."""


def identity(case: Case) -> list[Finding] | NotApplicable:
    """Report the computed column of every formula that gives the target exactly as a `leak`.

    Formulas tried: sums, products and ratios of up to three numeric columns, log and exp of one. A formula
    holds on a row where it agrees with the target within the rounding of the stored digits. It is reported
    where it holds on 98 % of the rows and on at most 35 % by chance, or, without fitted weights, on 60 % and
    at most 10 %. A column that is declared clean is `suspect`. Not applicable without a target or a numeric
    column, under 30 rows, or with fewer than 8 different values of the target.
    """
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
        # A formula that contains a reported column gives no evidence against its other columns.
        if not found.keys() & set(formula.columns):
            kept = _test(view, y, formula)
            if kept is not None:
                found[kept.computed] = kept
    return [_finding(case, kept) for kept in found.values()]


def _formulas(view: ColumnView, y: Interval) -> Iterator[Formula]:
    """Yield candidate formulas, the simplest first."""
    at = _chosen(view, y)
    halves = [np.maximum(view.half_width(one), view.half_width(one, True)) for one in at]
    wide = [Interval(view.values[:, one], half) for one, half in zip(at, halves, strict=True)]
    yield from pair_formulas(y, wide, at)
    values = view.values[:, at]
    positive = [n for n in range(len(at)) if not (values[:, n] <= 0).any()]
    yield from linear_formulas(y.value, values, at, "sum", 3)
    chosen, logs = [at[n] for n in positive], np.log(values[:, positive])
    if (y.value > 0).all():
        yield from linear_formulas(np.log(y.value), logs, chosen, "power", 3)
        yield from linear_formulas(np.log(y.value), values, at, "exp", 1)
    yield from linear_formulas(y.value, logs, chosen, "log", 1)


def _chosen(view: ColumnView, y: Interval) -> list[int]:
    at = view.numeric()
    if len(at) <= MAX_COLUMNS:
        return at
    ranks = rankdata(np.nan_to_num(view.values[:, at]), axis=0)
    ranks = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    goal = rankdata(y.value)
    nearest = np.argsort(-np.abs(ranks.T @ (goal - goal.mean())), kind="stable")[:MAX_COLUMNS]
    return sorted(at[one] for one in nearest)


def _test(view: ColumnView, y: Interval, formula: Formula) -> Identity | None:
    """Test the formula with columns as rounded to decimals, then as rounded to significant digits."""
    for significant in (False, True):
        operands = [Interval(view.values[:, at], view.half_width(at, significant)) for at in formula.columns]
        kept = match(y, formula.image(operands))
        # Where a formula holds on a part of the rows only, fitted weights make it unreliable.
        plain = all(abs(weight) == 1.0 for weight in formula.weights)
        if kept.exact or (kept.partly and plain):
            return Identity(formula, kept, _computed_column(view, y, formula))
    return None


def _computed_column(view: ColumnView, y: Interval, formula: Formula) -> int:
    """Return the column that the others give back on most rows; of equals, the one with most values."""

    def evidence(at: int) -> tuple[float, int, int]:
        column = view.values[:, at]
        values = [view.values[:, one] for one in formula.columns]
        solved = formula.solve(y.value, values, formula.columns.index(at))
        known = np.isfinite(column) & np.isfinite(solved)
        half = np.maximum(view.half_width(at), half_widths_by_digits(column))
        near = np.abs(column - solved) <= half * 1.001
        return round(float(near[known].mean()), 1), _values(column), at

    return max(formula.columns, key=evidence)


def _values(column: NDArray[np.float64]) -> int:
    return int(np.unique(column[np.isfinite(column)]).size)


def _finding(case: Case, kept: Identity) -> Finding:
    view, (formula, rows, computed) = case.view, kept
    name = view.names[computed]
    left = formula.text([view.names[at] for at in formula.columns])
    held = round(rows.holds * rows.n)
    text = f"{left} = {case.target} on {held} of {rows.n} rows within rounding ({rows.chance:.1%} by chance)"
    evidence = {"holds": rows.holds, "chance": rows.chance, "rows": float(rows.n)}
    return Finding("identity", "suspect" if case.declared_clean(name) else "leak", (name,), text, evidence)
