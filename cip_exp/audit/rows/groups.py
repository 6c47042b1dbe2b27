"""Groups across the sides of a split: rows of one customer, household or shop on both."""

from __future__ import annotations

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.measures.overlap import crossing


def groups(case: Case) -> list[Finding] | NotApplicable | None:
    """Report a split that parts a declared group."""
    if case.groups is None or case.split is None:
        return NotApplicable("no group is declared" if case.groups is None else "there is no split")
    if case.split.scheme == "temporal":
        return NotApplicable("forward in time a group may be met again: its past is known by then")
    folds, holdout = crossing(case.split, case.groups)
    if max(folds, holdout) <= 0:
        return None
    text = f"{holdout:.1%} of the holdout's rows, and {folds:.1%} of the folds', share a group with training"
    return [Finding("groups", "leak", (), text, {"folds": folds, "holdout": holdout})]
