"""Ignore findings by their check: they are shown as ignored, and have no effect on the verdict."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cip_exp.audit.codes import CODES
from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cip_exp.audit.case import Audit, CheckResult, Finding

ALLOWED = "a check's code (CIP007), its id (missingness), or either for one column (CIP007:survey)"


class Ignored(NamedTuple):
    """A check to ignore, for one column or for all."""

    code: str
    column: str = ""
    """Empty for all findings of the check."""

    def covers(self, finding: Finding) -> bool:
        """Tell whether a finding is to be ignored."""
        return finding.code == self.code and (not self.column or self.column in finding.columns)


def parse_ignored(words: Iterable[str], where: str) -> tuple[Ignored, ...]:
    """Return what is to be ignored, from codes or ids, each with `:COLUMN` or without.

    Raises:
        ConfigError: a word names no check; `where` says where it was given.
    """
    found = []
    for word in filter(None, (each.strip() for each in words)):
        check, _, column = word.partition(":")
        code = CODES.get(check.strip().lower(), check.strip().upper())
        if code not in CODES.values():
            raise ConfigError(describe(f"'{word}' is no check.{_nearest(code, check)}", where, ALLOWED))
        found.append(Ignored(code, column.strip()))
    return tuple(found)


def _nearest(code: str, check: str) -> str:
    """Compare a word that looks like a code with the codes, by its number; any other with the ids."""
    number = re.fullmatch(r"CIP\D*(\d+)", code)
    if number is not None:
        code = f"CIP{int(number[1]):03d}"
    return nearest(code, CODES.values()) if code.startswith("CIP") else nearest(check, CODES)


def without_ignored(audit: Audit, ignored: Sequence[Ignored]) -> Audit:
    """Return the audit with the ignored findings apart."""
    return replace(audit, results=tuple(_divide(each, ignored) for each in audit.results))


def ignored_in(params: Mapping[str, str]) -> tuple[Ignored, ...]:
    """Return what a trial ignored, from its recorded parameters: `audit.ignore.0`, `audit.ignore.1`, …"""
    words = [value for key, value in params.items() if key.startswith("audit.ignore.")]
    return parse_ignored(words, "a trial's record")


def _divide(result: CheckResult, ignored: Sequence[Ignored]) -> CheckResult:
    out = tuple(each for each in result.findings if any(one.covers(each) for one in ignored))
    if not out:
        return result
    kept = tuple(each for each in result.findings if each not in out)
    return replace(result, status="found" if kept else "ignored", findings=kept, ignored=out)
