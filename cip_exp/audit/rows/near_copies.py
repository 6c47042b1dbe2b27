"""Rows that are nearly equal to another: one field edited, rounded, with noise, or between two others."""

from __future__ import annotations

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.features.copy_search.search import LEAST_ROWS


def near_copies(case: Case) -> list[Finding] | NotApplicable | None:
    """Report rows that are nearer to another than chance gives as a `duplicate`.

    Rows without an equal one are compared with all others, a sample of them in a large table. With equal
    rows, 5 % of the rows beyond chance are enough. Not applicable under 100 different rows.
    """
    found = case.copied
    different = len(np.unique(found.equal))
    if different < LEAST_ROWS:
        return NotApplicable(f"fewer than {LEAST_ROWS} different rows")
    if found.near is None:
        return None
    near, chance = found.near, found.near.expected
    of = (
        f"of {near.looked_at} rows compared"
        if near.looked_at < different
        else f"of {different} different rows"
    )
    text = (
        f"{round(near.share * near.looked_at)} {of} ({near.share:.1%}) have a near copy: {near.how}; "
        f"chance gives {chance.share:.1%} [{chance.low:.1%}, {chance.high:.1%}]"
    )
    if not near.linked:
        text += "; they are not kept together by the split"
    evidence = {
        "share": near.share, "expected": chance.share, "expected_low": chance.low,
        "expected_high": chance.high, "linked": float(near.linked),
    }  # fmt: skip
    return [Finding("near_copies", "duplicate", (), text, evidence)]
