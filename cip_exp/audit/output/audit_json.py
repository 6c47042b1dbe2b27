"""An audit as values that JSON can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cip_exp.audit.output.verdict_sentence import verdict_sentence

if TYPE_CHECKING:
    from cip_exp.audit.case import Audit, Finding


def to_json(audit: Audit) -> dict[str, Any]:
    """Return the verdict, what is declared of the columns' origins, and an entry for each check."""
    checks = [
        {
            "code": result.code,
            "check": result.check,
            "status": result.status,
            "reason": result.reason,
            "findings": [_to_dict(finding) for finding in result.findings],
            "ignored": [_to_dict(finding) for finding in result.ignored],
        }
        for result in audit.results
    ]
    return {
        "verdict": audit.verdict(),
        "sentence": verdict_sentence(audit),
        "lineage": audit.origins or "declared",
        "accused": list(audit.leaking_columns),
        "checks": checks,
    }


def _to_dict(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "kind": finding.kind,
        "columns": list(finding.columns),
        "message": finding.message,
        "evidence": {name: float(value) for name, value in finding.evidence.items()},
    }
