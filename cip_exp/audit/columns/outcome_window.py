"""Columns that were counted, summed or dated in the outcome's window: they depend on the target alone.

Counts and totals of the window, dates after the outcome and what is high at the top of an amount's range are
often weak: they explain little, and hold noise or a history of their own. Their sign is that with the target
known, the other columns say nothing of them. An honest strong column stays related to the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Case, Finding, Kind, NotApplicable

if TYPE_CHECKING:
    from cip_exp.audit.measures.given_target import GivenTarget

MIN_ROWS = 150
MIN_ADDED = 0.03
SHARE, ERRORS, MOST = 0.4, 2.0, 0.02
"""Chosen on the tuning half of benchmarks/leakage: 3 of 1,394 clean columns of amounts and 1 of 1,067 of labels
meet them."""
MANY, MANY_SHARE = 4, 0.5
"""Where at least so many columns, and more than this share of those that the target explains, stand apart, the
target may be the cause of all columns, as a species is of what is measured: that is not a leak."""
EXPLAINED = 0.05


def outcome_window(case: Case) -> list[Finding] | NotApplicable:
    """Report columns that depend on the target alone as a `leak`.

    A column must add 0.03 to the share of the target's variance that the other columns explain. With the
    target known, the others must explain at most 0.02 of the column, and at most 0.4 of what they would explain
    of an independent cause of the target, each within its standard error. A column that is declared clean is
    `suspect`, and so are all where half or more of the columns meet this. Not applicable without a target that
    varies, or under 150 rows.
    """
    if case.y is None or np.ptp(case.y) == 0:
        return NotApplicable("there is no target that varies")
    if len(case.y) < MIN_ROWS:
        return NotApplicable(f"fewer than {MIN_ROWS} rows")
    apart = find_apart(case)
    related = sum(each.by_target >= EXPLAINED for each in case.given_target.values())
    nature = len(apart) >= MANY and len(apart) > MANY_SHARE * related
    return [_finding(case, at, each, nature) for at, each in apart.items()]


def find_apart(case: Case) -> dict[int, GivenTarget]:
    """Return the columns that depend on the target alone, by their position in the view.

    A leak explains the target too, and would raise what is expected of the other columns. So the column that
    the target explains best is taken out, and the rest is measured again; and each must still meet the
    thresholds without the strongest of the others.
    """
    found: dict[int, GivenTarget] = {}
    regressors = case.regressors
    if regressors is None:
        return found
    given = case.given_target
    while apart := [at for at, each in given.items() if depends_on_target_alone(each)]:
        for at in sorted(apart, key=lambda at: -given[at].by_target):
            rest = [one for one in given if one != at]
            strongest = max(rest, key=lambda one: given[one].by_target, default=at)
            without = regressors.measure(without={*found, strongest} - {at})
            if depends_on_target_alone(without[at]):
                found[at] = given[at]
                break
        else:
            break
        given = regressors.measure(without=found)
    return found


def depends_on_target_alone(each: GivenTarget) -> bool:
    """Return whether a column adds to the others and, with the target known, is independent of them."""
    return each.added >= MIN_ADDED and each.stands_apart(SHARE, ERRORS, MOST)


def _finding(case: Case, at: int, each: GivenTarget, nature: bool) -> Finding:
    name = case.view.names[at]
    text = (
        f"{name} adds {each.added:.3f} to what the other columns explain of {case.target} "
        f"({max(each.others, 0):.3f}) and depends on {case.target} alone: where that is known, the others "
        f"explain {max(each.by_others, 0):.3f} of it, and {each.expected:.3f} of an independent cause"
    )
    kind: Kind = "suspect" if nature or case.declared_clean(name) else "leak"
    evidence = {name: value for name, value in each._asdict().items() if name != "error"}
    return Finding("outcome_window", kind, (name,), text, {**evidence, "expected": each.expected})
