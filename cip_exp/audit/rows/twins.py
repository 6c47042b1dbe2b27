"""Twins on both sides of a split: a model can memorise a training row and recognise its held-out copy."""

from __future__ import annotations

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.measures.overlap import shares_in_training

MIN_SHARE = 0.01


def twins(case: Case) -> list[Finding] | NotApplicable | None:
    """Report a split in which at least 1 % of the held-out rows have a twin in training as `suspect`.

    The larger of two shares counts: of the holdout, and the mean over the folds. Not applicable without a
    split.
    """
    if case.split is None:
        return NotApplicable("there is no split")
    folds, holdout = shares_in_training(case.split, case.copies if case.twins is None else case.twins)
    if max(folds, holdout) < MIN_SHARE:
        return None
    text = f"{holdout:.1%} of the holdout rows, and {folds:.1%} of the folds' rows, have a twin in training"
    return [Finding("twins", "suspect", (), text, {"folds": folds, "holdout": holdout})]
