"""Relations of two columns as columns: equality, order, difference, sum, ratio, product, combinations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.audit.measures.explained_variance import FoldedTarget, of_each_column, predict_by_bins
from cip_exp.audit.measures.pair_screen import MAX_LEVELS, NUMBER, TEXT, Comparable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SIMPLER = 0.02
"""A simpler relation is preferred where it explains up to this much less than the best one."""


class Relation(NamedTuple):
    """One relation of two columns, and the share of the target's variance that it explains out of sample."""

    text: str
    """With {a} and {b} for the columns' names, such as `{a} - {b}`."""
    values: Floats
    """Shape (m,): 1 and 0 where the relation holds or not; else numbers, or numbers of combinations."""
    explained: float
    yes_or_no: bool
    """Whether it holds or does not."""
    fitted: bool
    """Whether bins of its values were fitted to the target."""


def best_relation(columns: Comparable, pair: tuple[int, int], target: FoldedTarget) -> Relation:
    """Return the simplest of the relations that explain the target best, out of sample."""
    first, second = pair
    a, b = columns.values[:, first], columns.values[:, second]
    found: list[Relation] = []
    if columns.family[first] == columns.family[second]:
        family = int(columns.family[first])
        forms = _yes_or_no(a, b, family)
        found += _scored(forms, target, yes_or_no=True)
        if family != TEXT:
            found += _scored(_numbers(a, b, family), target, yes_or_no=False)
    found += _combined(a, b, target)
    best = max((each.explained for each in found), default=0.0)
    nothing = Relation("", np.zeros(len(a)), 0.0, yes_or_no=True, fitted=False)
    return next((each for each in found if each.explained >= best - SIMPLER), nothing)


def _yes_or_no(a: Floats, b: Floats, family: int) -> dict[str, Floats]:
    missing = np.isnan(a) | np.isnan(b)
    forms = {"{a} = {b}": a == b}
    if family != TEXT:
        forms |= {"{a} > {b}": a > b, "{a} < {b}": a < b}
    return {text: np.where(missing, np.nan, holds) for text, holds in forms.items()}


def _numbers(a: Floats, b: Floats, family: int) -> dict[str, Floats]:
    forms = {"{a} - {b}": a - b}
    if family == NUMBER:
        with np.errstate(all="ignore"):
            ratio = a / b
        forms |= {
            "{a} + {b}": a + b,
            "{a} / {b}": np.where(np.isfinite(ratio), ratio, np.nan),
            "{a} × {b}": a * b,
        }
    return forms


def _scored(forms: dict[str, Floats], target: FoldedTarget, yes_or_no: bool) -> list[Relation]:
    explained = of_each_column(target, np.column_stack(list(forms.values())))
    return [
        Relation(text, values, float(share), yes_or_no, fitted=not yes_or_no)
        for (text, values), share in zip(forms.items(), explained, strict=True)
    ]


def _combined(a: Floats, b: Floats, target: FoldedTarget) -> list[Relation]:
    """Return the relation of all combinations of two columns of few values; none for other columns."""
    levels, codes = zip(*(np.unique(column, return_inverse=True) for column in (a, b)), strict=True)
    if max(len(found) for found in levels) > MAX_LEVELS:
        return []
    joint = codes[0] * len(levels[1]) + codes[1]
    width = len(levels[0]) * len(levels[1])
    explained = float(target.score(predict_by_bins(target, joint[:, None], width))[0])
    return [
        Relation(
            "the combination of {a} and {b}", joint.astype(float), explained, yes_or_no=False, fitted=False
        )
    ]
