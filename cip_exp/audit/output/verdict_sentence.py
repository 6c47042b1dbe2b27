"""The verdict of an audit in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.audit.case import Audit

MOST_NAMES = 6
GRAVE = {
    "duplicate": "Duplicated: rows occur more than once.",
    "degenerate": "Degenerate: any column predicts any other.",
}


def verdict_sentence(audit: Audit) -> str:
    """Return the answer first: which columns give the target away, or what is left to look at."""
    kinds = {finding.kind for finding in audit.findings}
    parts = [_leaky(audit)] if "leak" in kinds else []
    parts += [text for kind, text in GRAVE.items() if kind in kinds]
    return " ".join(parts) or f"No leak found{_to_look_at(audit)}."


def _leaky(audit: Audit) -> str:
    names = audit.leaking_columns
    if not names:
        return "Leaky: the split lets training rows show held-out ones."
    verb = "gives" if len(names) == 1 else "give"
    return f"Leaky: {joined(names)} {verb} {audit.target or 'the target'} away."


def _to_look_at(audit: Audit) -> str:
    """Return `; 3 columns to look at` for columns, rows and splits under suspicion."""
    suspects = [finding for finding in audit.findings if finding.kind == "suspect"]
    columns = {name for finding in suspects for name in finding.columns}
    others = sum(not finding.columns for finding in suspects)
    counted = [_counted(len(columns), "column", ""), _counted(others, "finding", " on rows or the split")]
    listed = " and ".join(filter(None, counted))
    return f"; {listed} to look at" if listed else ""


def _counted(n: int, noun: str, where: str) -> str:
    return f"{n} {noun}{'s' if n > 1 else ''}{where}" if n else ""


def joined(names: Sequence[str]) -> str:
    """Return `a, b and c`; of many, the first and how many more."""
    shown = [*names[:MOST_NAMES], *([f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else [])]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
