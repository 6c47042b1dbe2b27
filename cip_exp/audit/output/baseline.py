"""The baseline of an audit: findings that are known, so that only new ones count."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cip_exp.audit.case import VERDICT_WORDS, Audit, Finding
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

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
