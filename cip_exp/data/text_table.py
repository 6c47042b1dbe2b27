"""Read a text table: every cell as it is written, under names found below comments and title lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from cip_exp.data.delimiter import NAMES, Fit, TextFormat, find_format, option_of
from cip_exp.data.text_header import Header, find_commented, find_header, uneven
from cip_exp.data.text_records import COMMENT, RecordLines, first_lines, records
from cip_exp.data.text_rows import TextRows, read_rows
from cip_exp.data.unnamed_columns import counts, is_row_name
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from cip_exp.data.text_records import Record

N_HEAD = 100
"""Number of records that the header is looked for in."""
WORDS = {
    "\\t": "\t",
    "tab": "\t",
    "blank": " ",
    "space": " ",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "unit": "\x1f",
}
"""What data.sep takes for separators that are hard to type."""
JOINED = "\ue000"
"""Stands for a separator of several characters, which Python's csv does not take."""

_SEP_LINE = re.compile(r'"?sep=([^\r\n"])"?\s*?(\r\n?|\n)', re.IGNORECASE)
_ID = re.compile(r"(^|[\W_])(id|no|nr|num|number|key|code|name|customer|client|user|e?mail)$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class TextTable:
    """A text table as it is written."""

    names: list[str]
    """One a column; "" where the file has none."""
    frame: pd.DataFrame
    """Text cells, columns numbered from 0."""
    n_above: int
    """Lines above the header."""
    notes: tuple[str, ...]


def read_text_table(text: str, sep: str | None, path: Path) -> TextTable:
    """Read a text table.

    Args:
        text: the file's content.
        sep: the user's separator, as it is or one of `WORDS`; None to find it.
        path: the file, for messages.

    Raises:
        DataError: the table has only a header, repeats a name, has a row with too few or too many fields, or
            a misplaced quote; or its separator is another one than the user's.
    """
    given = None if sep is None else _check_given(sep, path)
    joined = given if given is not None and len(given) > 1 else None
    if joined is not None:
        text, given = text.replace(joined, JOINED), JOINED
    try:
        table = _read(text, given, path, escape=None)
    except DataError:
        # Databases write \" for a quote inside quotes.
        if '\\"' not in text:
            raise
        table = _read(text, given, path, escape="\\")
    return table if joined is None else _restore(table, joined)


def _read(text: str, given: str | None, path: Path, escape: str | None) -> TextTable:
    line = _SEP_LINE.match(text)
    skip = 1 if line else 0
    fit, comments = _find(first_lines(text, skip), given, line.group(1) if line else None, path)
    form = TextFormat(fit.format.sep, fit.format.quote, escape)
    lines = RecordLines(text, skip, comments=comments, blanks=form.sep == " ")
    stream = records(lines, form, path)
    head = list(islice(stream, N_HEAD))
    if not head:
        raise DataError(describe("The file has comments only.", str(path), "a header line and rows below it"))
    header = find_commented(lines.comment, head, fit.width, form, path) or find_header(head, fit.width, path)
    rows = read_rows(
        chain(head[header.below :], stream), len(header.names), path,
        comma=form.sep == ",", ended=text.endswith(("\n", "\r")),
    )  # fmt: skip
    if not len(rows.frame):
        raise DataError(describe("The table has a header and no rows.", str(path), "at least one row"))
    _check_added(header, rows.frame, head, form, path)
    notes = (*_notes_of(form, given, header), *_left_out(lines, rows, header))
    return TextTable(header.names, rows.frame, header.line - 1, notes)


def _check_given(sep: str, path: Path) -> str:
    """Return the separator that the user means."""
    sep = WORDS.get(sep, sep)
    if not sep or set(sep) & set('"\r\n') or sep.isalnum():
        what = f"'{sep}' is not a separator."
        allowed = "a mark such as ; or |, or one of " + ", ".join(word for word in WORDS if word.isalpha())
        raise DataError(
            describe(what, f"data.sep, table {path}", allowed, "leave data.sep out to have it found")
        )
    return sep


def _find(lines: Sequence[str], given: str | None, named: str | None, path: Path) -> tuple[Fit, bool]:
    """Return the format, and whether lines that begin with # are comments.

    Args:
        lines: the first lines.
        given: the user's separator.
        named: the one that the file's first line names.
        path: the file, for messages.
    """
    plain = [line for line in lines if not COMMENT.match(line)]
    marked = [line for line in lines if COMMENT.match(line)]
    sample = plain if len(plain) > 1 else lines
    fit = find_format(sample, given or named)
    if (given or named) and fit.width == 1:
        found = find_format(sample, None)
        if given and found.width > 1:
            what = "data.sep separates no fields of this file."
            step = f"leave data.sep out, or write {option_of(found.format.sep)}"
            raise DataError(describe(what, str(path), "the separator of this file", step))
        fit = fit if given else found
    n_marked, n_plain = (
        sum(len(row) == fit.width > 1 for line in part for row in [_fields(line, fit.format)])
        for part in (marked, plain)
    )
    # Rows such as "#1042,31,no": most rows begin so, and the header does not.
    rows = n_marked > n_plain and (not plain or lines[0] is plain[0])
    return fit, not rows


def _fields(line: str, form: TextFormat) -> list[str]:
    """Split one line, whatever its quotes."""
    return line.split(form.sep) if form.sep != " " else line.split()


def _check_added(
    header: Header, frame: pd.DataFrame, head: Sequence[Record], form: TextFormat, path: Path
) -> None:
    """Refuse rows with one field more than the header, unless the field is empty or a row name.

    Numbers with decimal commas give the same picture as row names. So in a table with commas, numbers that do
    not count the rows, a first column that the header names as an id, and a header of one name are refused.
    """
    first = frame.iloc[:, 0]
    if header.added == "first" and form.sep == ",":
        fits = (counts(first) or is_row_name(first)) and len(header.names) > 2
        fits = fits and not _ID.search(header.names[1])
    elif header.added == "first":
        fits = bool(first.is_unique)
    else:
        fits = not header.added or bool((frame.iloc[:, -1] == "").all())
    if not fits:
        raise uneven(head[header.below], len(header.names) - 1, path, comma=form.sep == ",")


def _notes_of(form: TextFormat, given: str | None, header: Header) -> list[str]:
    notes = []
    if given is None and form.sep != ",":
        notes.append(f"separator {NAMES.get(form.sep, form.sep)} (found; data.sep sets another)")
    if form.quote == "'":
        notes.append("single quotes around cells (found)")
    if form.escape:
        notes.append('\\" read as a quote inside quotes')
    if header.below > 1:
        n = header.below - 1
        notes.append(f"{n} {'line' if n == 1 else 'lines'} above the header skipped")
    if header.below == 0:
        notes.append("the header is a line that begins with #")
    return notes


def _left_out(lines: RecordLines, rows: TextRows, header: Header) -> list[str]:
    notes = []
    n = lines.n_comments - (header.below == 0)
    if n:
        notes.append(f"{n} comment {'line' if n == 1 else 'lines'} skipped")
    if rows.n_empty:
        notes.append(f"{rows.n_empty} empty {'row' if rows.n_empty == 1 else 'rows'} left out")
    if rows.footers:
        n = len(rows.footers)
        notes.append(f"{n} {'line' if n == 1 else 'lines'} below the table skipped: '{rows.footers[0][:60]}'")
    return notes


def _restore(table: TextTable, sep: str) -> TextTable:
    """Put a separator of several characters back where it stood inside quotes."""
    frame = table.frame.apply(lambda column: column.str.replace(JOINED, sep, regex=False))
    return TextTable([name.replace(JOINED, sep) for name in table.names], frame, table.n_above, table.notes)
