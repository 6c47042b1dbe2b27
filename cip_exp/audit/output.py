"""Write an audit as a table, JSON or SARIF 2.1.0; read and write the baseline of known findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cip_exp.audit.case import VERDICT_WORDS, Audit, Finding
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from rich.console import Console

STYLES = {"leak": "bold red", "duplicate": "red", "degenerate": "red", "suspect": "yellow"}
LEVELS = {"leak": "error", "duplicate": "error", "degenerate": "error", "suspect": "warning"}
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Key = tuple[str, str, tuple[str, ...]]


def baseline_key(finding: Finding) -> Key:
    """Return what identifies a finding in a baseline: check, kind and columns, without its numbers."""
    return finding.check, finding.kind, finding.columns


def new_findings(audit: Audit, known: Collection[Key]) -> list[Finding]:
    """Return the findings of kind leak, duplicate or degenerate that are not in the baseline."""
    return [
        finding
        for finding in audit.findings
        if finding.kind in VERDICT_WORDS and baseline_key(finding) not in known
    ]


def print_table(audit: Audit, known: Collection[Key], console: Console) -> None:
    """Print the findings by kind and column, the most serious kind first; then the checks without any."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("kind", "column", "check", "finding"):
        table.add_column(heading, overflow="fold")
    for (kind, columns), findings in _by_column(audit).items():
        for position, finding in enumerate(findings):
            named = (kind, ", ".join(columns)) if position == 0 else ("", "")
            style = "dim" if baseline_key(finding) in known else STYLES.get(kind, "")
            table.add_row(*map(escape, (*named, finding.check, finding.message)), style=style)
    if audit.findings:
        console.print(table)
    passed = [result.check for result in audit.results if result.status == "passed"]
    console.print(f"[green]passed[/green]: {', '.join(passed) or 'none'}")
    for result in audit.results:
        if result.status == "not applicable":
            console.print(f"[dim]not applicable: {result.check} ({escape(result.reason)})[/dim]")
    console.print(f"verdict: [bold]{audit.verdict()}[/bold]")


def _by_column(audit: Audit) -> dict[tuple[str, tuple[str, ...]], list[Finding]]:
    """Group the findings by kind and columns, the most serious kind first."""
    order = [*VERDICT_WORDS, "suspect", "redundant", "note"]
    found: dict[tuple[str, tuple[str, ...]], list[Finding]] = {}
    for finding in sorted(audit.findings, key=lambda item: order.index(item.kind)):
        found.setdefault((finding.kind, finding.columns), []).append(finding)
    return found


def to_json(audit: Audit) -> dict[str, Any]:
    """Return the verdict and an entry for each check, as values that JSON can hold."""
    checks = [
        {
            "check": result.check,
            "status": result.status,
            "reason": result.reason,
            "findings": [_to_dict(finding) for finding in result.findings],
        }
        for result in audit.results
    ]
    return {"verdict": audit.verdict(), "accused": list(audit.leaking_columns), "checks": checks}


def _to_dict(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "columns": list(finding.columns),
        "message": finding.message,
        "evidence": {name: float(value) for name, value in finding.evidence.items()},
    }


def to_sarif(audit: Audit, source: str) -> dict[str, Any]:
    """Return the findings as a SARIF 2.1.0 log; `source` is the table's path or name."""
    rules = [{"id": result.check} for result in audit.results]
    driver = {"name": "cip_exp audit", "rules": rules}
    results = [_sarif_result(finding, source) for finding in audit.findings]
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _sarif_result(finding: Finding, source: str) -> dict[str, Any]:
    place: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": source}, "region": {"startLine": 1}}
    }
    if finding.columns:
        place["logicalLocations"] = [{"name": name, "kind": "member"} for name in finding.columns]
    return {
        "ruleId": finding.check,
        "level": LEVELS.get(finding.kind, "note"),
        "message": {"text": f"{finding.kind}: {finding.message}"},
        "locations": [place],
        "partialFingerprints": {"cipFinding/v1": "|".join([*baseline_key(finding)[:2], *finding.columns])},
    }


def write_baseline(audit: Audit, path: Path) -> None:
    """Write the findings of kind leak, duplicate or degenerate, so that later only new ones count."""
    entries = [
        {"check": finding.check, "kind": finding.kind, "columns": list(finding.columns)}
        for finding in new_findings(audit, ())
    ]
    try:
        path.write_text(json.dumps({"version": 1, "known": entries}, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        what = f"The baseline cannot be written: {error.strerror or error}."
        raise DataError(describe(what, str(path), "a path in an existing folder")) from error


def read_baseline(path: Path) -> set[Key]:
    """Return the known findings; raises DataError where the file is not a baseline."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["known"]
        return {(str(e["check"]), str(e["kind"]), tuple(map(str, e["columns"]))) for e in entries}
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"The file is not a baseline: {error.__class__.__name__}."
        step = "write one with --write-baseline FILE"
        raise DataError(describe(what, str(path), "a file that --write-baseline wrote", step)) from error
