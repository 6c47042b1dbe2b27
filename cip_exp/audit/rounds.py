"""Judge the remaining columns again without the accused ones, until nothing new is accused.

Leaks cover for each other: beside a copy of the outcome, another column made from it explains nothing new.
One audit is to name them all, so that what is left after dropping them is judged without a leak.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cip_exp.audit.case import Case, Check, CheckResult

ROUNDS = 6
"""The most rounds after the first; each accuses at least one more column."""
NAMED = 3
"""The most accused columns that a message names."""


def judge_again(
    case: Case,
    results: Sequence[CheckResult],
    checks: Sequence[Check],
    run: Callable[[Check, Case], CheckResult],
) -> tuple[CheckResult, ...]:
    """Return `results` with the leaks that `checks` find without the columns that `results` accuse.

    Tables without an accused feature cost nothing. Only findings of kind `leak` are added.
    """
    found = {result.check: result for result in results}
    features = {str(name) for name in case.X.columns}
    accused = _accused(results) & features
    new = accused
    for _ in range(ROUNDS):
        if not new or accused == features:
            break
        reduced = case.without(accused)
        again = [run(check, reduced) for check in checks]
        for result in again:
            if result.check in found:
                found[result.check] = _with_leaks(found[result.check], result, _in_words(case, accused))
        new = (_accused(again) & features) - accused
        accused = accused | new
    return tuple(found.values())


def _accused(results: Sequence[CheckResult]) -> frozenset[str]:
    leaks = (finding for result in results for finding in result.findings if finding.kind == "leak")
    return frozenset(column for finding in leaks for column in finding.columns)


def _with_leaks(before: CheckResult, again: CheckResult, left_out: str) -> CheckResult:
    """Return the result before, with the leaks of the later round."""
    new = tuple(
        replace(finding, message=f"without {left_out}, {finding.message}")
        for finding in again.findings
        if finding.kind == "leak"
    )
    return replace(before, status="found", reason="", findings=(*before.findings, *new)) if new else before


def _in_words(case: Case, accused: frozenset[str]) -> str:
    names = [str(name) for name in case.X.columns if str(name) in accused]
    if len(names) > NAMED + 1:
        names = [*names[:NAMED], f"{len(names) - NAMED} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
