"""Rows that occur more than once, so that there are fewer different customers than rows."""

from __future__ import annotations

import numpy as np

from cip_exp.audit.case import Case, Finding, Kind


def copies(case: Case) -> list[Finding] | None:
    """Report rows with a twin in features and target as a `duplicate` above what chance gives, else a `note`.

    They exceed chance where their share is 5 % of the rows or more above what the table gives when each
    column is shuffled within strata of its most related one, plus a tenth of that, and outside the interval.
    Always applicable.
    """
    found = case.copied
    counts = np.bincount(found.equal)
    n, distinct = len(found.equal), int((counts > 0).sum())
    twinned = int(counts[counts > 1].sum())
    if not twinned:
        return None
    rows = f"{twinned} of {n} rows ({found.share:.1%})"
    text = f"{rows} have a twin in features and target; {distinct} are distinct"
    evidence = {"share": found.share, "distinct": float(distinct), "rows": float(n)}
    if found.expected is not None:
        chance = found.expected
        text += f"; chance gives {chance.share:.1%} [{chance.low:.1%}, {chance.high:.1%}]"
        evidence |= {"expected": chance.share, "expected_low": chance.low, "expected_high": chance.high}
    kind: Kind = "duplicate" if found.exceeds_chance else "note"
    return [Finding("copies", kind, (), text, evidence)]
