"""Dated rows and the order of time: a model that is used tomorrow must not be judged on yesterday."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.records.table import Fold

MIN_SHARE = 0.005


def temporal(case: Case) -> list[Finding] | NotApplicable | None:
    """Report held-out rows that lie before rows trained on."""
    if case.time is None or case.split is None:
        return NotApplicable("no time is declared" if case.time is None else "there is no split")
    final = _early(case.time, case.split.final)
    shares = [*(_early(case.time, fold) for fold in case.split.folds), final]
    worst, mean = max(shares), float(np.mean(shares))
    if worst < MIN_SHARE:
        return None
    overlap = f"{mean:.1%} of held-out rows are older than the newest training row (at worst {worst:.1%})"
    evidence = {"mean": mean, "worst": worst}
    if case.split.scheme == "temporal" and final < MIN_SHARE:
        text = f"the holdout lies forward in time, the training period is too short for such folds: {overlap}"
        return [Finding("temporal", "note", (), text, evidence)]
    if case.split.scheme == "temporal":
        return [Finding("temporal", "leak", (), f"the temporal split overlaps: {overlap}", evidence)]
    text = f"the data is dated and split={case.split.scheme} ignores it: {overlap}"
    return [Finding("temporal", "suspect", (), text, evidence)]


def _early(time: NDArray[np.float64], fold: Fold) -> float:
    if not len(fold.test) or np.array_equal(fold.train, fold.test):
        return 0.0
    return float((time[fold.test] < np.nanmax(time[fold.train])).mean())
