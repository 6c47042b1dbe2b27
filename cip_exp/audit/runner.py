"""Run the checks: of the data before any model is fitted, of one model's scores, of a sweep's scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.audit.case import Audit, Case, CheckResult, Finding, NotApplicable
from cip_exp.audit.columns.afterwards import afterwards
from cip_exp.audit.columns.constants import constants
from cip_exp.audit.columns.correlation import correlation
from cip_exp.audit.columns.fitted import fitted
from cip_exp.audit.columns.fitted_encoding import fitted_encoding
from cip_exp.audit.columns.flags import flags
from cip_exp.audit.columns.identifiers import identifiers
from cip_exp.audit.columns.identity import identity
from cip_exp.audit.columns.missingness import missingness
from cip_exp.audit.columns.names import names
from cip_exp.audit.columns.outcome_window import outcome_window
from cip_exp.audit.columns.reconstruction import reconstruction
from cip_exp.audit.columns.redundant import redundant
from cip_exp.audit.declared.late import late
from cip_exp.audit.declared.lineage import lineage
from cip_exp.audit.rows.adversarial import adversarial
from cip_exp.audit.rows.copies import copies
from cip_exp.audit.rows.degenerate import degenerate
from cip_exp.audit.rows.groups import groups
from cip_exp.audit.rows.permuted import permuted
from cip_exp.audit.rows.small import small
from cip_exp.audit.rows.temporal import temporal
from cip_exp.audit.rows.twins import twins
from cip_exp.audit.scores.ceiling import ceiling
from cip_exp.audit.scores.edge import edge
from cip_exp.audit.scores.quoted import quoted
from cip_exp.audit.scores.red_flag import red_flag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.audit.case import Check
    from cip_exp.records.trial import Evaluation, Trial

CHECKS: tuple[Check, ...] = (
    # declared lineage and time
    lineage,
    late,
    # values of single columns
    identity,
    fitted_encoding,
    reconstruction,
    outcome_window,
    flags,
    missingness,
    fitted,
    correlation,
    afterwards,
    names,
    identifiers,
    # rows, and the split
    copies,
    twins,
    groups,
    temporal,
    adversarial,
    permuted,
    degenerate,
    # remarks, without effect on the verdict
    redundant,
    constants,
    small,
)


def after_evaluation(evaluation: Evaluation, k_range: tuple[int, int] | None = None) -> Audit:
    """Audit the scores of one model; `k_range` is the range that the number of clusters was chosen from."""
    results = {"red_flag": red_flag(evaluation), "edge": edge(evaluation, k_range)}
    return Audit(tuple(to_result(name, found) for name, found in results.items()))


def after_trials(trials: Sequence[Trial]) -> Audit:
    """Audit the scores of a finished sweep."""
    results = {"ceiling": ceiling(trials), "quoted": quoted(trials)}
    return Audit(tuple(to_result(name, found) for name, found in results.items()))


def audit(case: Case, checks: Sequence[Check] | None = None) -> Audit:
    """Run `checks` on `case`; by default all of CHECKS, in their order."""
    return Audit(tuple(_run_check(check, case) for check in (CHECKS if checks is None else checks)))


def _run_check(check: Check, case: Case) -> CheckResult:
    return to_result(getattr(check, "__name__", str(check)), check(case))


def to_result(name: str, found: list[Finding] | NotApplicable | None) -> CheckResult:
    """Return what a check found as a result with its status: found, passed or not applicable."""
    if isinstance(found, NotApplicable):
        return CheckResult(name, "not applicable", reason=found.reason)
    return CheckResult(name, "found", tuple(found)) if found else CheckResult(name, "passed")
