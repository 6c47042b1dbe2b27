"""Values that are missing because of the event in the target: their pattern shows the event."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.columns.flags import indicator_finding, only_target_explains
from cip_exp.audit.measures.likelihood_ratio import highest_ratio

SUSPECT_RATIO = 5.0


def missingness(case: Case) -> list[Finding] | NotApplicable:
    """Report columns whose missing values show the event as a `leak`, or as `suspect` below its threshold.

    Measured by the likelihood ratio of "is missing" or "is present" for an event: from 5 on the column is
    `suspect`, from 15 on a `leak`. For an amount, a leak must also be explained by the target and not by the
    other columns. Values that are missing on few of the rows with the event are a leak where that is a mark,
    see `marks`. A column that is declared clean is `suspect` in both cases. Not applicable without a
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
        rates = highest_ratio(missing[:, at], case.search.events)
        mark = case.search.marks.get(int(at))
        if mark is not None and mark.by_missing:
            found.append(indicator_finding(case, "missingness", view.names[at], mark.word, mark.rates))
        elif rates is not None and rates.ratio >= SUSPECT_RATIO:
            word = "is missing" if rates.present else "is present"
            finding = indicator_finding(case, "missingness", view.names[at], word, rates)
            clear = rates.is_high and (
                case.search.events.label or only_target_explains(case, missing[:, at], int(at))
            )
            found.append(finding if clear else replace(finding, kind="suspect"))
    return found
