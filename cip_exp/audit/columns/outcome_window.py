"""Columns that were counted, summed or dated in the outcome's window: they depend on the target alone.

Counts and totals of the window, dates after the outcome and what is high at the top of an amount's range are
often weak: they explain little, and hold noise or a history of their own. Their sign is that with the target
known, the other columns say nothing of them. An honest strong column stays related to the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.audit.case import Case, Finding, Kind, NotApplicable
from cip_exp.audit.measures.sharp_edge import find_edge

if TYPE_CHECKING:
    from cip_exp.audit.measures.given_target import GivenTarget
    from cip_exp.audit.measures.sharp_edge import SharpEdge

MIN_ROWS = 150
MIN_ADDED = 0.03


class ApartLimits(NamedTuple):
    """The conditions of `GivenTarget.stands_apart`."""

    share: float
    errors: float
    most: float


LABEL, AMOUNT = ApartLimits(0.35, 1.5, 0.02), ApartLimits(0.2, 2.0, 0.02)
"""Stricter for an amount, of which honest counts of the same customers explain a part. Chosen on the tuning
half of benchmarks/leakage."""
MANY, MANY_SHARE = 4, 0.5
"""Where at least so many columns, and more than this share of those that the target explains, stand apart,
the target may be the cause of all columns, as a species is of what is measured: that is not a leak."""
EXPLAINED = 0.05
STRONG = 0.5
"""Columns of which the target explains so much are no evidence against another one: they may be leaks."""


def outcome_window(case: Case) -> list[Finding] | NotApplicable:
    """Report columns that depend on the target alone, or that contain an amount, as a `leak`.

    A column must add 0.03 to the share of the target's variance that the other columns explain. With the
    target known, the others must explain at most 0.02 of the column, and at most a fifth (of a label: a
    third) of what they would explain of an independent cause of the target, with two standard errors (1.5).
    Or, for an amount, the column must be at least (at most) a multiple of it in every row, with many rows
    close to that edge. A column that is declared clean is `suspect`, and so are all where more than half of
    the columns meet the first. Not applicable without a target that varies, or under 150 different rows.
    """
    if case.y is None or np.unique(case.y).size < 2:
        return NotApplicable("there is no target that varies")
    if case.regressors is None or len(case.regressors.y) < MIN_ROWS:
        return NotApplicable(f"fewer than {MIN_ROWS} different rows")
    apart = find_apart(case)
    edges = {at: edge for at, edge in _edges(case).items() if at not in apart}
    related = sum(each.by_target >= EXPLAINED for each in case.given_target.values())
    nature = len(apart) >= MANY and len(apart) > MANY_SHARE * related
    found = [_finding(case, at, each, nature) for at, each in apart.items()]
    return [*found, *(_edge_finding(case, at, edge) for at, edge in edges.items())]


def find_apart(case: Case) -> dict[int, GivenTarget]:
    """Return the columns that depend on the target alone, by their position in the view.

    A leak explains the target too, and would raise what is expected of the other columns. So the column that
    the target explains best is taken out, and the rest is measured again; and each must still meet the
    thresholds of a label when the other columns that may be leaks are left out.
    """
    found: dict[int, GivenTarget] = {}
    regressors = case.regressors
    if regressors is None:
        return found
    given, limits = case.given_target, LABEL if np.unique(np.asarray(case.y)).size <= 2 else AMOUNT
    while apart := [at for at, each in given.items() if depends_on_target_alone(each, limits)]:
        for at in sorted(apart, key=lambda at: -given[at].by_target):
            without = regressors.measure(without={*found, *_possible_leaks(given, at)})
            if depends_on_target_alone(without[at], LABEL):
                found[at] = given[at]
                break
        else:
            break
        given = regressors.measure(without=found)
    return found


def _possible_leaks(given: dict[int, GivenTarget], at: int) -> set[int]:
    """Return the columns besides `at` with the largest share of either kind, and all that explain a lot."""
    rest = {one: each for one, each in given.items() if one != at}
    if not rest:
        return set()
    strong = {one for one, each in rest.items() if each.by_target >= STRONG}
    best = max(rest, key=lambda one: rest[one].by_target)
    return {best, max(rest, key=lambda one: rest[one].added), *strong}


def depends_on_target_alone(each: GivenTarget, limits: ApartLimits) -> bool:
    """Return whether a column adds to the others and, with the target known, is independent of them."""
    return each.added >= MIN_ADDED and each.stands_apart(*limits)


def _edges(case: Case) -> dict[int, SharpEdge]:
    """Return the columns that add to the others and have a sharp edge with an amount."""
    view, found = case.view, {}
    if view.y is None or np.unique(view.y).size <= 2:
        return {}
    for at in view.numeric():
        given = case.given_target.get(at)
        if given is not None and given.added >= MIN_ADDED:
            edge = find_edge(view.values[:, at], view.y, case.seed)
            if edge is not None:
                found[at] = edge
    return found


def _edge_finding(case: Case, at: int, edge: SharpEdge) -> Finding:
    name = case.view.names[at]
    word, what = ("at least", "a total that holds") if edge.above else ("at most", "a part of")
    text = (
        f"{name} is {word} {edge.factor:.3g} × {case.target} in every row, and often close to it, as {what} "
        f"{case.target} is; of shuffled rows {edge.violated:.0%} are beyond that"
    )
    kind: Kind = "suspect" if case.declared_clean(name) else "leak"
    evidence = {"factor": edge.factor, "violated": edge.violated, "added": case.given_target[at].added}
    return Finding("outcome_window", kind, (name,), text, evidence)


def _finding(case: Case, at: int, each: GivenTarget, nature: bool) -> Finding:
    name = case.view.names[at]
    text = (
        f"{name} depends on {case.target} alone, as what is counted in its own time does: it adds "
        f"{each.added:.3f} to the {max(each.others, 0):.3f} of {case.target} that the other columns explain, "
        f"and where {case.target} is known they explain {max(each.by_others, 0):.3f} of it (of a cause: "
        f"{each.expected:.3f})"
    )
    kind: Kind = "suspect" if nature or case.declared_clean(name) else "leak"
    evidence = {name: value for name, value in each._asdict().items() if name != "error"}
    return Finding("outcome_window", kind, (name,), text, {**evidence, "expected": each.expected})
