"""Columns whose names suggest a leak: derived (the source system's list), or the target's own name."""

from __future__ import annotations

from cip_exp.audit.case import Case, Finding, Kind
from cip_exp.audit.columns.names_from_practice import split_name
from cip_exp.audit.measures.agreement import measure_agreement

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
ALONE, ADDED = 0.2, 0.1
"""A name weighs where the column explains the first share of the target's variance alone, and adds the second
share of what the columns without such names leave."""
MIN_LETTERS = 4
"""Shorter names of targets are part of too many other names."""


def names(case: Case) -> list[Finding] | None:
    """Report columns whose name suggests a leak as `suspect` where their statistics agree.

    A name is split into parts at capitals and punctuation. It counts where the parts contain the target's
    name (of at least 4 letters) or a word of DERIVED. The statistics agree where the column explains 0.2 of
    the target's variance alone, and 0.1 of what the columns without such names leave. Without that, a column
    with the target's name gets a `note`, and so does any that is declared clean. Always applicable.
    """
    reasons = {at: _why(str(name), case.target) for at, name in enumerate(case.X.columns)}
    reasons = {at: why for at, why in reasons.items() if why}
    if not reasons:
        return None
    agreement = measure_agreement(case, reasons)
    found = []
    for at, why in reasons.items():
        name, measured = str(case.X.columns[at]), agreement.get(at)
        agrees = measured is not None and measured.reaches(ALONE, ADDED)
        if not agrees and "target" not in why:
            continue
        kind: Kind = "suspect" if agrees and not case.declared_clean(name) else "note"
        text = f"{name} {why}; check where its values come from"
        evidence = {} if measured is None else {"alone": measured.alone, "added": measured.added}
        found.append(Finding("names", kind, (name,), text, evidence))
    return found


def _why(name: str, target: str) -> str:
    parts, own = split_name(name), split_name(target)
    derived = next((part for part in parts if part in DERIVED), None)
    if len("".join(own)) >= MIN_LETTERS and any(parts[at : at + len(own)] == own for at in range(len(parts))):
        return f"contains the target's name, {target}"
    return f"contains '{derived}', a word for derived columns" if derived else ""
