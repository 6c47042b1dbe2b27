"""Holes that tell: a value that is missing because of the event gives the event away."""

from __future__ import annotations

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.columns.flags import alone, mark_finding
from cip_exp.audit.measures.event_marks import best_mark

SUSPECT_RATIO = 5.0


def missingness(case: Case) -> list[Finding] | NotApplicable:
    """Accuse columns whose holes mark the event; suspect those whose holes lean to it."""
    view = case.view
    if view.y is None:
        return NotApplicable("there is no target")
    holes = np.isnan(view.values)
    if not holes.any():
        return NotApplicable("no value is missing")
    found = []
    for at in np.flatnonzero(holes.any(axis=0) & ~holes.all(axis=0)):
        mark = best_mark(holes[:, at], view.y, case.target)
        if mark is None or mark.ratio < SUSPECT_RATIO:
            continue
        finding = mark_finding(case, "missingness", view.names[at], "missing or present", mark)
        tells = mark.tells and (np.unique(view.y).size <= 2 or alone(case, holes[:, at], int(at)))
        found.append(
            finding
            if tells
            else Finding("missingness", "suspect", finding.columns, finding.message, finding.evidence)
        )
    return found
