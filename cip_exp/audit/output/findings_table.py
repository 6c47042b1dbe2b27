"""An audit on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.audit.case import VERDICT_WORDS, Audit, Finding
from cip_exp.audit.output.baseline import Key, baseline_key

if TYPE_CHECKING:
    from collections.abc import Collection

    from rich.console import Console

STYLES = {"leak": "bold red", "duplicate": "red", "degenerate": "red", "suspect": "yellow"}


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
            check = f"{finding.code} {finding.check}"
            table.add_row(*map(escape, (*named, check, finding.message)), style=style)
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
