"""Features that leak by declared lineage: a shared ancestor with the target, or a value known too late."""

from __future__ import annotations

from cip_exp.audit.case import Case, Finding, NotApplicable


def lineage(case: Case) -> list[Finding] | NotApplicable:
    """Report features whose lineage connects them with the target as a `leak`, each with its path.

    Not applicable where no lineage is declared, or without a target.
    """
    if not len(case.lineage):
        return NotApplicable("no lineage is declared")
    if case.y is None:
        return NotApplicable("there is no target")
    leaks = (case.lineage.leak(str(name), case.target) for name in case.X.columns)
    return [Finding("lineage", "leak", (leak.feature,), leak.path) for leak in leaks if leak is not None]
