"""An audit as a SARIF 2.1.0 log, which code hosts and editors show.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. A rule's id is its stable code
(3.49.3), its name the check's id. The project has no address, so `helpUri` (3.49.12) is relative to the root
of the repository.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cip_exp.audit.codes import rule_of
from cip_exp.audit.output.baseline import baseline_key

if TYPE_CHECKING:
    from cip_exp.audit.case import Audit, Finding

LEVELS = {"leak": "error", "duplicate": "error", "degenerate": "error", "suspect": "warning"}
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(audit: Audit, source: str) -> dict[str, Any]:
    """Return the findings as a SARIF log; `source` is the table's path or name."""
    rules = [_rule(result.check) for result in audit.results]
    driver = {"name": "cip_exp audit", "rules": rules}
    results = [_sarif_result(finding, source) for finding in audit.findings]
    # Results that a user suppressed outside the source: 3.27.23, 3.35.2.
    ignored = [_sarif_result(finding, source) for result in audit.results for finding in result.ignored]
    results += [{**each, "suppressions": [{"kind": "external"}]} for each in ignored]
    run: dict[str, Any] = {"tool": {"driver": driver}, "results": results}
    if audit.origins:
        # What a run has to say besides its results: 3.20.21.
        said = {"level": "note", "message": {"text": audit.origins}}
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": [said]}]
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(check: str) -> dict[str, Any]:
    rule = rule_of(check)
    text = f"{rule.meaning} {rule.remedy}"
    return {
        "id": rule.code,
        "name": check,
        "shortDescription": {"text": rule.meaning},
        "helpUri": rule.page,
        "help": {"text": text, "markdown": f"{text} See [{rule.code}]({rule.page})."},
    }


def _sarif_result(finding: Finding, source: str) -> dict[str, Any]:
    place: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": source}, "region": {"startLine": 1}}
    }
    if finding.columns:
        place["logicalLocations"] = [{"name": name, "kind": "member"} for name in finding.columns]
    return {
        "ruleId": finding.code,
        "level": LEVELS.get(finding.kind, "note"),
        "message": {"text": f"{finding.kind}: {finding.message}"},
        "locations": [place],
        "partialFingerprints": {"cipFinding/v1": "|".join([*baseline_key(finding)[:2], *finding.columns])},
    }
