"""Groups (rows of one customer, household or shop) on both sides of a split."""

from __future__ import annotations

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.measures.overlap import shares_in_training


def groups(case: Case) -> list[Finding] | NotApplicable | None:
    """Report a split with rows of one declared group on both sides as a `leak`.

    One such row is enough. Not applicable without a declared group or a split, or with split=temporal.
    """
    if case.groups is None or case.split is None:
        return NotApplicable("no group is declared" if case.groups is None else "there is no split")
    if case.split.scheme == "temporal":
        return NotApplicable(
            "split=temporal: the earlier rows of a group are known when its later rows are predicted"
        )
    folds, holdout = shares_in_training(case.split, case.groups)
    if max(folds, holdout) <= 0:
        return None
    text = (
        f"{holdout:.1%} of the holdout rows, and {folds:.1%} of the folds' rows, share a group with training"
    )
    return [Finding("groups", "leak", (), text, {"folds": folds, "holdout": holdout})]
