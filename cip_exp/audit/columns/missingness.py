"""Values that are missing because of the event in the target: their pattern shows the event."""

from __future__ import annotations

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.columns.flags import indicator_finding, only_target_explains
from cip_exp.audit.measures.likelihood_ratio import highest_ratio

SUSPECT_RATIO = 5.0


def missingness(case: Case) -> list[Finding] | NotApplicable:
    """Report columns whose missing values show the event as a `leak`, or as `suspect` below its threshold.

    Measured by the likelihood ratio of "is missing" or "is present" for an event: from 5 on the column is
    `suspect`, from 15 on a `leak`. For an amount, a leak must also be explained by the target and not by the
    other columns. A column that is declared clean is `suspect` in both cases. Not applicable without a
    target, or where no value is missing.
    """
    view = case.view
    if view.y is None:
        return NotApplicable("there is no target")
    missing = np.isnan(view.values)
    if not missing.any():
        return NotApplicable("no value is missing")
    found = []
    for at in np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0)):
        rates = highest_ratio(missing[:, at], view.y, case.target)
        if rates is None or rates.ratio < SUSPECT_RATIO:
            continue
        word = "missing" if rates.present else "present"
        finding = indicator_finding(case, "missingness", view.names[at], word, rates)
        label = np.unique(view.y).size <= 2
        clear = rates.is_high and (label or only_target_explains(case, missing[:, at], int(at)))
        found.append(
            finding
            if clear
            else Finding("missingness", "suspect", finding.columns, finding.message, finding.evidence)
        )
    return found
