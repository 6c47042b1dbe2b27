"""Names on the source system's list of suspects: ratios, scores, rankings; and the target's own name."""

from __future__ import annotations

import re

from cip_exp.audit.case import Case, Finding, Kind

DERIVED = (
    "ratio",
    "score",
    "rank",
    "ranking",
    "percentile",
    "percent",
    "quantile",
    "index",
    "avg",
    "average",
    "segment",
)
"""Words that derived features are called by, compared with each part of a name."""
AFTERWARDS = (
    "future",
    "next",
    "after",
    "outcome",
    "refund",
    "refunded",
    "cancelled",
    "canceled",
    "closed",
    "final",
)
"""Words for what happens after the prediction."""


def names(case: Case) -> list[Finding] | None:
    """Point out columns whose name says that they are derived, come later, or hold the target."""
    found = []
    for name in map(str, case.X.columns):
        why = _why(name, case.target)
        if why:
            kind: Kind = "note" if case.cleared(name) else "suspect"
            found.append(Finding("names", kind, (name,), f"{name} {why}; ask where its values come from"))
    return found


def _why(name: str, target: str) -> str:
    parts = _parts(name)
    derived = next((part for part in parts if part in DERIVED), None)
    late = next((part for part in parts if part in AFTERWARDS), None)
    own = _parts(target)
    holds = len("".join(own)) >= 4 and any(parts[at : at + len(own)] == own for at in range(len(parts)))
    if holds:
        return f"has the target's name, {target}, in its own"
    if late:
        return f"is called '{late}', as what comes after the prediction"
    return f"is called '{derived}', as derived columns are" if derived else ""


def _parts(name: str) -> list[str]:
    """Split a name at its marks and at its capitals."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [part for part in re.split(r"[^a-z0-9]+", spaced.lower()) if part]
