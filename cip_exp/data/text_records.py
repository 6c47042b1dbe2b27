"""Split a text into records, with the line of each; comments and blank lines between them are left out."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from cip_exp.data.delimiter import squeeze
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cip_exp.data.delimiter import TextFormat

COMMENT = re.compile(r"#(?!N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)")
"""The start of a comment line; the others are errors that Excel writes as the first cell of a row."""
N_LINES = 200


class Record(NamedTuple):
    """The fields of one record, stripped, and its first and last line in the file (the first is 1)."""

    fields: list[str]
    start: int
    end: int


class RecordLines:
    """The lines of a text as csv's reader asks for them.

    Whoever reads records sets `between` after each: only there may a line be a comment or blank. Inside
    quotes every line is content.
    """

    def __init__(self, text: str, skip: int, *, comments: bool, blanks: bool) -> None:
        """Begin behind `skip` lines; leave out `comments`; with `blanks`, runs of blanks are separators."""
        self._lines = iter(io.StringIO(text, newline=""))
        self.number = sum(1 for _ in islice(self._lines, skip))
        self.start = 0
        self.between = True
        self.n_comments = 0
        self.comment: tuple[str, int] | None = None
        """The last comment line above the first record, and its number."""
        self._comments = comments
        self._blanks = blanks

    def __iter__(self) -> RecordLines:
        return self

    def __next__(self) -> str:
        line = self._next()
        if self.between:
            while not line.strip() or (self._comments and COMMENT.match(line)):
                if line.strip():
                    self.n_comments += 1
                    self.comment = self.comment if self.start else (line, self.number)
                line = self._next()
            self.start = self.number
            self.between = False
        return squeeze(line) if self._blanks else line

    def _next(self) -> str:
        line = next(self._lines)
        self.number += 1
        return line


def first_lines(text: str, skip: int = 0) -> list[str]:
    """Return the first lines of a text that are not blank."""
    lines = islice(io.StringIO(text, newline=""), skip, N_LINES)
    return [line for line in lines if line.strip()]


def records(lines: RecordLines, form: TextFormat, path: Path) -> Iterator[Record]:
    """Yield the records of a text.

    Raises:
        DataError: a misplaced quote, or an end inside quotes.
    """
    try:
        for row in form.reader(lines):
            yield Record([field.strip() for field in row], lines.start, lines.number)
            lines.between = True
    except csv.Error as error:
        what = f"The table is cut off or has a misplaced quote at line {lines.number}: {error}."
        raise DataError(describe(what, str(path), "quotes in pairs around whole fields")) from error
