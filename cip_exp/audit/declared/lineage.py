"""What the declared lineage says: a shared ancestor with the target, or a value that comes too late."""

from __future__ import annotations

from cip_exp.audit.case import Case, Finding, NotApplicable


def lineage(case: Case) -> list[Finding] | NotApplicable:
    """Accuse the features whose declared path leads to the target, each with its path."""
    if not len(case.lineage):
        return NotApplicable("no lineage is declared")
    if case.y is None:
        return NotApplicable("there is no target")
    leaks = (case.lineage.leak(str(name), case.target) for name in case.X.columns)
    return [Finding("lineage", "leak", (leak.feature,), leak.path) for leak in leaks if leak is not None]
