"""Find the separator and the quote of a text table over its first records.

A separator is good when it gives the records one number of fields and leaves no other separator in the cells;
as in van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by detecting row and type patterns" (2019).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from cip_exp.errors import argument

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MARKS = (",", ";", "\t", "|", "^", "~", "\x1f")
LAST_MARKS = (" ", ":")
"""Taken only where none of MARKS separates fields and they fit every record; " " is a run of blanks."""
N_RECORDS = 50
LONGEST_CELL = 10_000_000
"""Characters; Python's own limit is 131,072. A quote that is never closed ends here."""
N_CELLS = 5_000
LATER_HEADER = 0.5
"""Factor for a separator whose table begins below another's: its first line looks like a title."""
NAMES = {"\t": "tab", " ": "blank", "\x1f": "unit"}
WORDS = {"\\t": "\t", "tab": "\t", "blank": " ", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}
"""Words and escapes that data.sep takes for separators that are hard to type."""

_NUMBER = re.compile(r"[A-Z]{0,3}[€$£¥(+\-\s]*\d([\d.,'\s]*\d)?[€$£¥%)\s]*[A-Z]{0,3}")
"""A number in any notation, with a currency."""
_UNCLEAN = re.compile(r'[,;\t|^~\x1f"]')


@dataclass(frozen=True)
class TextFormat:
    """How the fields of a text table are separated and quoted."""

    sep: str
    quote: str = '"'
    escape: str | None = None

    def reader(self, lines: Iterable[str]) -> Any:
        """Return csv's reader of these lines; raises csv.Error at a misplaced quote."""
        csv.field_size_limit(LONGEST_CELL)
        return csv.reader(
            lines, delimiter=self.sep, quotechar=self.quote, escapechar=self.escape, strict=True,
            doublequote=True, skipinitialspace=True,
        )  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """How a format fits the first records."""

    format: TextFormat
    width: int
    """The number of fields of most records."""
    first: int
    """The line of the first such record."""
    share: float
    """Share of the records from there on that have this number of fields."""
    clean: float
    """Share of their cells without another separator or a quote in them."""

    @property
    def score(self) -> float:
        return self.share * self.clean * (self.width - 1) / self.width


def option_of(sep: str) -> str:
    """Return the option that sets a separator, in a form to paste in a shell."""
    return argument("data.sep", NAMES.get(sep, sep))


def find_format(lines: Sequence[str], sep: str | None) -> Fit:
    """Return the best format for a table's first lines, comments and blank lines left out.

    Args:
        lines: the first lines; a record that is cut off at their end is not counted.
        sep: the separator where the user or the file names it.
    """
    if sep is not None:
        return max((fit_of(lines, each) for each in _formats(lines, [sep])), key=lambda fit: fit.score)
    fits = [fit_of(lines, each) for each in _formats(lines, MARKS)]
    fits = [fit for fit in fits if fit.width > 1 and fit.share > 0.5]
    if fits:
        first = min(fit.first for fit in fits)
        return max(fits, key=lambda fit: fit.score * (LATER_HEADER if fit.first > first else 1))
    fits = [fit_of(lines, TextFormat(mark)) for mark in LAST_MARKS]
    fits = [fit for fit in fits if fit.width > 1 and fit.share == 1 and fit.first <= 2]
    single = Fit(TextFormat(","), 1, 1, 1.0, 1.0)
    return max(fits, key=lambda fit: fit.score, default=single)


def squeeze(line: str) -> str:
    """Return a line without blanks at its ends, and with blanks for tabs."""
    return line.replace("\t", " ").strip() + "\n"


def fit_of(lines: Sequence[str], form: TextFormat) -> Fit:
    """Read the first records in one format, up to the first misplaced quote."""
    rows: list[tuple[int, list[str]]] = []
    reader = form.reader([squeeze(line) for line in lines] if form.sep == " " else lines)
    line = 1
    with suppress(csv.Error):
        for row in islice(reader, N_RECORDS):
            rows.append((line, row))
            line = reader.line_num + 1
    widths = Counter(len(row) for _, row in rows if len(row) > 1)
    if not widths:
        return Fit(form, 1, 1, 1.0, 1.0)
    width = max(widths, key=lambda each: (widths[each], each))
    start = next(i for i, (_, row) in enumerate(rows) if len(row) == width)
    table = [row for _, row in rows[start:] if len(row) == width]
    cells = [cell for row in table for cell in row][:N_CELLS]
    clean = sum(_is_clean(cell, form.sep) for cell in cells) / len(cells)
    first = start - (start > 0 and len(rows[start - 1][1]) == width - 1)
    return Fit(form, width, rows[first][0], len(table) / (len(rows) - start), clean)


def _formats(lines: Sequence[str], marks: Iterable[str]) -> list[TextFormat]:
    """Return the formats to try; single quotes only where no double quote is and many cells have them."""
    found = [TextFormat(mark) for mark in marks]
    if '"' not in "".join(lines):
        for mark in marks:
            ends = re.escape(mark)
            quoted = re.compile(rf"(^|{ends})\s*'[^']*'\s*({ends}|$)", re.MULTILINE)
            if sum(bool(quoted.search(line)) for line in lines) > len(lines) / 2:
                found.append(TextFormat(mark, quote="'"))
    return found


def _is_clean(cell: str, sep: str) -> bool:
    """Tell whether a cell holds no quote and no other separator; its own must have been in quotes."""
    cell = cell.replace(sep, "").strip()
    if len(cell) > 1 and cell[0] == cell[-1] == "'":
        return False
    return not _UNCLEAN.search(cell) or bool(_NUMBER.fullmatch(cell))
