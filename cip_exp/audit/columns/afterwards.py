"""Columns whose names are known from practice to come after the event, weighed by their statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.audit.case import Case, Finding, Kind
from cip_exp.audit.columns.names_from_practice import find_pattern
from cip_exp.audit.measures.agreement import measure_agreement

if TYPE_CHECKING:
    from cip_exp.audit.columns.names_from_practice import Pattern
    from cip_exp.audit.measures.agreement import Agreement

LEAK, SUSPECT = (0.05, 0.02), (0.02, 0.01)
"""The shares of the target's variance: explained alone, and added to the columns without such names."""
LEAK_UNSURE, SUSPECT_UNSURE = (0.15, 0.08), (0.08, 0.03)
"""The same for names that often have a harmless meaning."""


def afterwards(case: Case) -> list[Finding] | None:
    """Report columns with a name from practice: by the name alone as a `note` with the question to ask.

    As a `leak` where the column explains 0.05 of the target's variance alone and adds 0.02 to the columns
    without such names (0.15 and 0.08 for names such as `duration`), or where the others say nothing of it
    once the target is known. As `suspect` from 0.02 and 0.01 (0.08 and 0.03), and names such as
    `last_purchase` at most so. A column that is declared clean
    is noted. Always applicable.
    """
    named = {at: find_pattern(name) for at, name in enumerate(map(str, case.X.columns))}
    patterns = {at: one for at, one in named.items() if one is not None}
    if not patterns:
        return None
    agreement = measure_agreement(case, patterns)
    return [_finding(case, at, one, agreement.get(at)) for at, one in patterns.items()]


def _kind(pattern: Pattern, agreement: Agreement | None) -> Kind:
    if agreement is None:
        return "note"
    leak, suspect = (LEAK, SUSPECT) if pattern.sure else (LEAK_UNSURE, SUSPECT_UNSURE)
    if agreement.reaches(*leak) or (pattern.sure and agreement.apart):
        return "leak" if pattern.accuses else "suspect"
    return "suspect" if agreement.reaches(*suspect) else "note"


def _finding(case: Case, at: int, pattern: Pattern, agreement: Agreement | None) -> Finding:
    name = str(case.X.columns[at])
    kind: Kind = "note" if case.declared_clean(name) else _kind(pattern, agreement)
    text = f"{name}: {pattern.question}"
    if agreement is None:
        return Finding("afterwards", kind, (name,), text)
    if kind != "note":
        text += (
            f" It explains {agreement.alone:.3f} of the variance of {case.target} alone, and "
            f"{max(agreement.added, 0):.3f} of what the columns without such names leave"
        )
    return Finding("afterwards", kind, (name,), text, {"alone": agreement.alone, "added": agreement.added})
