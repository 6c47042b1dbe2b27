"""Held-out rows that are older than training rows: the model is scored on the past instead of the future."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.records.table import Fold

MIN_SHARE = 0.005


def temporal(case: Case) -> list[Finding] | NotApplicable | None:
    """Report a split in which at least 0.5 % of the held-out rows of a side are older than a training row.

    With split=temporal: a `leak` where the holdout is concerned, a `note` where only folds are. With any
    other split: `suspect`. Not applicable where no time is declared, or without a split.
    """
    if case.time is None or case.split is None:
        return NotApplicable("no time is declared" if case.time is None else "there is no split")
    final = _share_too_old(case.time, case.split.final)
    shares = [*(_share_too_old(case.time, fold) for fold in case.split.folds), final]
    worst, mean = max(shares), float(np.mean(shares))
    if worst < MIN_SHARE:
        return None
    overlap = f"{mean:.1%} of held-out rows are older than the newest training row (at worst {worst:.1%})"
    evidence = {"mean": mean, "worst": worst}
    if case.split.scheme == "temporal" and final < MIN_SHARE:
        text = (
            f"the holdout is newer than the training rows, but their period is too short for folds: {overlap}"
        )
        return [Finding("temporal", "note", (), text, evidence)]
    if case.split.scheme == "temporal":
        return [Finding("temporal", "leak", (), f"the temporal split overlaps: {overlap}", evidence)]
    text = f"the rows have dates, and split={case.split.scheme} ignores them: {overlap}"
    return [Finding("temporal", "suspect", (), text, evidence)]


def _share_too_old(time: NDArray[np.float64], fold: Fold) -> float:
    if not len(fold.test) or np.array_equal(fold.train, fold.test):
        return 0.0
    return float((time[fold.test] < np.nanmax(time[fold.train])).mean())
