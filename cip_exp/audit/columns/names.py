"""Columns whose names suggest a leak: derived (the source system's list), known too late, or the target."""

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
"""Words in names of derived features, compared with each part of a name."""
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
"""Words for what becomes known after the prediction."""


def names(case: Case) -> list[Finding] | None:
    """Report columns whose name suggests a leak as `suspect`, or as a `note` where they are declared clean.

    A name is split into parts at capitals and punctuation. It is reported where the parts contain the
    target's name (of at least 4 characters), a word of AFTERWARDS or a word of DERIVED. Always applicable.
    """
    found = []
    for name in map(str, case.X.columns):
        why = _why(name, case.target)
        if why:
            kind: Kind = "note" if case.declared_clean(name) else "suspect"
            found.append(Finding("names", kind, (name,), f"{name} {why}; check where its values come from"))
    return found


def _why(name: str, target: str) -> str:
    parts = _parts(name)
    derived = next((part for part in parts if part in DERIVED), None)
    late = next((part for part in parts if part in AFTERWARDS), None)
    own = _parts(target)
    holds = len("".join(own)) >= 4 and any(parts[at : at + len(own)] == own for at in range(len(parts)))
    if holds:
        return f"contains the target's name, {target}"
    if late:
        return f"contains '{late}', a word for what is known after the prediction"
    return f"contains '{derived}', a word for derived columns" if derived else ""


def _parts(name: str) -> list[str]:
    """Split a name at capitals and at characters that are not letters or digits."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [part for part in re.split(r"[^a-z0-9]+", spaced.lower()) if part]
