"""An audit for people and for programs: a table, JSON, SARIF 2.1.0; and the baseline of what is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cip_exp.audit.case import WORDS, Audit, Finding
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from rich.console import Console

STYLES = {"leak": "bold red", "duplicate": "red", "degenerate": "red", "suspect": "yellow"}
LEVELS = {"leak": "error", "duplicate": "error", "degenerate": "error", "suspect": "warning"}
SARIF = "https://json.schemastore.org/sarif-2.1.0.json"

Key = tuple[str, str, tuple[str, ...]]


def key(finding: Finding) -> Key:
    """Return what makes a finding the same one next time: check, kind and columns, not its numbers."""
    return finding.check, finding.kind, finding.columns


def new_findings(audit: Audit, known: Collection[Key]) -> list[Finding]:
    """Return the grave findings (leak, duplicate, degenerate) that no baseline knows."""
    return [finding for finding in audit.findings if finding.kind in WORDS and key(finding) not in known]


def print_table(audit: Audit, known: Collection[Key], console: Console) -> None:
    """Print the findings, gravest first, column by column; then what was looked at without a finding."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("kind", "column", "check", "finding"):
        table.add_column(heading, overflow="fold")
    for (kind, columns), findings in _by_column(audit).items():
        for position, finding in enumerate(findings):
            named = (kind, ", ".join(columns)) if position == 0 else ("", "")
            style = "dim" if key(finding) in known else STYLES.get(kind, "")
            table.add_row(*map(escape, (*named, finding.check, finding.message)), style=style)
    if audit.findings:
        console.print(table)
    passed = [outcome.check for outcome in audit.outcomes if outcome.status == "passed"]
    console.print(f"[green]passed[/green]: {', '.join(passed) or 'nothing'}")
    for outcome in audit.outcomes:
        if outcome.status == "not applicable":
            console.print(f"[dim]not applicable: {outcome.check} ({escape(outcome.reason)})[/dim]")
    console.print(f"verdict: [bold]{audit.words()}[/bold]")


def _by_column(audit: Audit) -> dict[tuple[str, tuple[str, ...]], list[Finding]]:
    """Put together what is said of one column at one level, the gravest first."""
    order = [*WORDS, "suspect", "redundant", "note"]
    found: dict[tuple[str, tuple[str, ...]], list[Finding]] = {}
    for finding in sorted(audit.findings, key=lambda item: order.index(item.kind)):
        found.setdefault((finding.kind, finding.columns), []).append(finding)
    return found


def to_json(audit: Audit) -> dict[str, Any]:
    """Return plain values: the verdict, and an entry for each check."""
    checks = [
        {
            "check": outcome.check,
            "status": outcome.status,
            "reason": outcome.reason,
            "findings": [_plain(finding) for finding in outcome.findings],
        }
        for outcome in audit.outcomes
    ]
    return {"verdict": audit.words(), "accused": list(audit.accused), "checks": checks}


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "columns": list(finding.columns),
        "message": finding.message,
        "evidence": {name: float(value) for name, value in finding.evidence.items()},
    }


def to_sarif(audit: Audit, source: str) -> dict[str, Any]:
    """Return the findings as a SARIF 2.1.0 log; `source` is the table's path or name."""
    rules = [{"id": outcome.check} for outcome in audit.outcomes]
    driver = {"name": "cip_exp audit", "rules": rules}
    results = [_result(finding, source) for finding in audit.findings]
    return {"$schema": SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _result(finding: Finding, source: str) -> dict[str, Any]:
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
        "partialFingerprints": {"cipFinding/v1": "|".join([*key(finding)[:2], *finding.columns])},
    }


def write_baseline(audit: Audit, path: Path) -> None:
    """Write down the grave findings, so that later only new ones count."""
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
    """Return the findings that are known; raises DataError where the file is no baseline."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["known"]
        return {(str(e["check"]), str(e["kind"]), tuple(map(str, e["columns"]))) for e in entries}
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"The file is no baseline: {error.__class__.__name__}."
        step = "write one with --write-baseline FILE"
        raise DataError(describe(what, str(path), "a file that --write-baseline wrote", step)) from error
