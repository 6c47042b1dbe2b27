"""An audit on a terminal: the answer first, then the findings, then the checks without any."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from cip_exp.audit.case import VERDICT_WORDS, Audit, Finding
from cip_exp.audit.codes import CODES
from cip_exp.audit.output.baseline import Key, baseline_key, new_findings
from cip_exp.audit.output.verdict_sentence import verdict_sentence

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rich.console import Console
    from rich.table import Table

STYLES = {"leak": "bold red", "duplicate": "red", "degenerate": "red", "suspect": "yellow"}
NEED_A_SPLIT = ("twins", "groups", "temporal", "adversarial", "permuted")
"""Checks of the split; without one they are named in one line that offers it."""
NO_SPLIT = (
    f"Not checked without a split: {', '.join(f'{check} ({CODES[check]})' for check in NEED_A_SPLIT)}, "
    "scaling fitted on all rows (CIP008, in part)."
)


def print_table(
    audit: Audit,
    known: Collection[Key],
    console: Console,
    offer: str = "",
    reading: Sequence[str] = (),
    advice: Sequence[str] = (),
) -> None:
    """Print the verdict in words, the findings, and the checks without any.

    `known` are findings of a baseline; `offer` says what is not checked without a split, and how to get one;
    `reading` says how a file was read; `advice` are the commands that follow an accusation, a line each.
    """
    grave = any(finding.kind in VERDICT_WORDS for finding in audit.findings)
    sentence, alarm = verdict_sentence(audit), "bold red" if grave else "bold"
    if grave and not new_findings(audit, known):
        sentence, alarm = f"Nothing new: all that follows is in the baseline. {sentence}", "bold"
    _line(console, sentence, alarm)
    if audit.findings:
        console.print(_table(audit, known, console.width))
    for line in _lines(audit, known, offer):
        _line(console, line)
    for at, line in enumerate(reading):
        _line(console, line if at == 0 else f"  • {line}")
    for line in advice:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    _line(console, f"verdict: {audit.verdict()}", "bold")


def _line(console: Console, text: str, style: str = "") -> None:
    """Print one line, wrapped at blanks, with what follows its first line indented."""
    wrapped = textwrap.fill(
        text, console.width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
    console.print(wrapped, style=style, highlight=False, markup=False, soft_wrap=True)


def _table(audit: Audit, known: Collection[Key], width: int) -> Table:
    """Return the findings by kind and column, the most serious kind first."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    longest = max(len(", ".join(finding.columns)) for finding in audit.findings)
    table.add_column("kind", no_wrap=True)
    table.add_column("column", width=max(6, min(longest, width * 3 // 10)), overflow="fold")
    table.add_column("finding", overflow="fold")
    for (kind, columns), findings in _by_column(audit).items():
        for position, finding in enumerate(findings):
            named = (kind, ", ".join(columns)) if position == 0 else ("", "")
            is_known = baseline_key(finding) in known
            text = f"{finding.code} {finding.check}{' (known)' if is_known else ''}: {finding.message}"
            table.add_row(*map(escape, (*named, text)), style="dim" if is_known else STYLES.get(kind, ""))
    return table


def _by_column(audit: Audit) -> dict[tuple[str, tuple[str, ...]], list[Finding]]:
    """Group the findings by kind and columns, the most serious kind first."""
    order = [*VERDICT_WORDS, "suspect", "redundant", "note"]
    found: dict[tuple[str, tuple[str, ...]], list[Finding]] = {}
    for finding in sorted(audit.findings, key=lambda item: order.index(item.kind)):
        found.setdefault((finding.kind, finding.columns), []).append(finding)
    return found


def _lines(audit: Audit, known: Collection[Key], offer: str) -> list[str]:
    """Return a line each for what passed, does not apply, is known, is ignored, or cannot be told."""
    passed = [result.check for result in audit.results if result.status == "passed"]
    lines = [f"passed: {', '.join(passed) or 'none'}"]
    apart = {*(NEED_A_SPLIT if offer else ()), *(("lineage",) if audit.origins else ())}
    reasons: dict[str, list[str]] = {}
    for result in audit.results:
        if result.status == "not applicable" and result.check not in apart:
            reasons.setdefault(result.reason, []).append(result.check)
    if reasons:
        grouped = [f"{', '.join(checks)} ({reason})" for reason, checks in reasons.items()]
        lines.append(f"not applicable: {'; '.join(grouped)}")
    n_known = sum(baseline_key(finding) in known for finding in audit.findings)
    if n_known:
        lines.append(f"known: {n_known} of {len(audit.findings)} findings are in the baseline")
    return [*lines, *audit.ignored, *filter(None, (offer, audit.origins))]
