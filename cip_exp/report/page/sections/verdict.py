"""The verdict, its reasons, and the effect of what the audit found on each score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.audit.runner import after_trials
from cip_exp.records.grouping import join_verdicts
from cip_exp.report.page.blocks import MEANING, Section, Text, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records.trial import Trial
    from cip_exp.report.page.rows import Row
    from cip_exp.report.page.source import Source

MOST_REASONS = 8


def verdict_words(rows: list[Row]) -> list[str]:
    """Return the words of the joined verdict of all cells."""
    return join_verdicts([row.verdict for row in rows]).split(",") if rows else []


def verdict_section(source: Source, rows: list[Row]) -> Section:
    """Return the verdict's words with their meaning, the reasons, the notes on scores, and failed trials."""
    shown = [trial for row in rows for trial in row.trials] or source.complete
    reasons = [*_reasons(shown), *after_trials([*source.trials, *source.confirmed]).reasons]
    notes = _notes(rows)
    failures = [f"trial {trial.number} failed: {trial.error}" for trial in source.trials if trial.error]
    blocks = [
        Text(tuple(f"{word}: {MEANING[word]}" for word in verdict_words(rows) if word in MEANING), "list"),
        *_list(reasons, "more reasons"),
        *([Text(("Effect of leaks, copies, repetition or the search on the scores:",))] if notes else []),
        *_list(notes, "more"),
        *_list(failures, "more failures"),
    ]
    return Section("Verdict and reasons", blocks)


def _notes(rows: list[Row]) -> list[str]:
    """Return each note on a score once, after the names of its cells."""
    held: dict[str, list[str]] = {}
    for row in rows:
        for note in dict.fromkeys(note for trial in row.trials for note in trial.all_notes):
            held.setdefault(note, []).append(row.name)
    return [f"{joined(names)}: {note}" if len(rows) > 1 else note for note, names in held.items()]


def _list(lines: Sequence[str], more: str) -> list[Text]:
    """Return a list; what exceeds its first lines is folded."""
    if not lines:
        return []
    found = [Text(tuple(lines[:MOST_REASONS]), "list")]
    rest = tuple(lines[MOST_REASONS:])
    return [*found, Text(rest, "list", f"{len(rest)} {more}")] if rest else found


def _reasons(trials: Sequence[Trial]) -> list[str]:
    """Return each reason once; where not all trials have it, with the number of those that do."""
    held: dict[str, int] = {}
    for trial in trials:
        for reason in dict.fromkeys(trial.reasons):
            held[reason] = held.get(reason, 0) + 1
    whole = len(trials)
    return [text if n == whole else f"{text} ({n} of {whole} trials)" for text, n in held.items()]
