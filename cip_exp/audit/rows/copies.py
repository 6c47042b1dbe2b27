"""Rows that occur more than once, so that there are fewer different customers than rows."""

from __future__ import annotations

import numpy as np

from cip_exp.audit.case import Case, Finding, Kind

DUPLICATED = 0.05
"""A table is duplicated where at least this share of its rows has a twin in features and target."""


def copies(case: Case) -> list[Finding] | None:
    """Report rows with a twin in features and target as a `duplicate` from 5 % of the rows on, else a `note`.

    Always applicable.
    """
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
