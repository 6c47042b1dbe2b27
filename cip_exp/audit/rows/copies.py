"""Rows that occur more than once: each copy counts as a customer, and there are fewer customers than rows."""

from __future__ import annotations

import numpy as np

from cip_exp.audit.case import Case, Finding, Kind

DUPLICATED = 0.05
"""From this share of rows with a twin in features and target on, the table is duplicated."""


def copies(case: Case) -> list[Finding] | None:
    """Report a table in which many rows have a twin in all features and the target."""
    counts = np.bincount(case.copies)
    n, distinct = len(case.copies), int((counts > 0).sum())
    twinned = int(counts[counts > 1].sum())
    if not twinned:
        return None
    share = twinned / n
    text = f"{twinned} of {n} rows ({share:.1%}) have a twin in features and target; {distinct} are distinct"
    kind: Kind = "duplicate" if twinned >= DUPLICATED * n else "note"
    return [
        Finding("copies", kind, (), text, {"share": share, "distinct": float(distinct), "rows": float(n)})
    ]
