"""Twins across the sides of a split: a held-out row whose copy was trained on is remembered."""

from __future__ import annotations

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.measures.overlap import crossing

MIN_SHARE = 0.01


def twins(case: Case) -> list[Finding] | NotApplicable | None:
    """Suspect a split whose held-out rows have twins in training."""
    if case.split is None:
        return NotApplicable("there is no split")
    folds, holdout = crossing(case.split, case.copies if case.twins is None else case.twins)
    if max(folds, holdout) < MIN_SHARE:
        return None
    text = f"{holdout:.1%} of the holdout's rows, and {folds:.1%} of the folds', have a twin in training"
    return [Finding("twins", "suspect", (), text, {"folds": folds, "holdout": holdout})]
