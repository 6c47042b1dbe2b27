"""Find the separator, the header and the rows of a text table, over several lines."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cip_exp.errors import DataError, argument, describe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SEPARATORS = (",", ";", "\t", "|", "^", "~", "\x1f")
BLANKS = "blanks"
LINES = 200
"""Of the file, by which the separator is found."""
LONGEST_CELL = 10_000_000
"""Characters; Python's own limit is 131,072."""
FIRST = 30
"""Rows among which the header is."""
MOST_EMPTY = 0.5
"""Share of empty names in a header; a title line such as `Report;;;;` has more."""
SEP_LINE = re.compile(r'\s*"?sep=(.|\\t)"?\s*', re.IGNORECASE)
NAMES = {"\t": "tab", BLANKS: "blanks", "\x1f": "unit separator"}


@dataclass(frozen=True)
class Record:
    """One row of the file: its cells, and the line that it ends in."""

    cells: list[str]
    line: int


def find_records(text: str, sep: str | None, path: Path) -> tuple[list[Record], str, tuple[str, ...]]:
    """Return the rows without blank ones, the separator, and remarks.

    Raises:
        DataError: a quote that is not closed.
    """
    first, _, rest = text.partition("\n")
    told = SEP_LINE.fullmatch(first)
    skipped = 0
    if told is not None:
        text, skipped = rest, 1
        sep = sep or told[1].replace("\\t", "\t")
    sep = {"\\t": "\t", "tab": "\t", " ": BLANKS}.get(sep or "", sep)
    found = sep or _separator(text)
    notes = (
        ()
        if sep or found == ","
        else (f"separator {NAMES.get(found, found)} (found; data.sep sets another)",)
    )
    return _records(text, found, skipped, path), found, notes


def _separator(text: str) -> str:
    """Return the separator that gives the most rows of equal length, and of these the longest."""
    head = "\n".join(text.split("\n", LINES)[:LINES])
    usual = max(SEPARATORS, key=lambda mark: _score(head, mark))
    if _score(head, usual) >= 0.3:
        return usual
    rare = max((":", BLANKS), key=lambda mark: _score(head, mark))
    return rare if _score(head, rare) >= 0.3 else usual if _score(head, usual) > 0 else ","


def _score(head: str, mark: str) -> float:
    """Return the share of rows with the usual number of cells, less where there are few cells."""
    try:
        rows = [row for row in _rows(head, mark) if any(cell.strip() for cell in row)]
    except csv.Error:
        return 0.0
    counts = Counter(len(row) for row in rows)
    width, n = max(counts.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(1, 0))
    return n / len(rows) * (1 - 1 / width) if rows else 0.0


def _rows(text: str, mark: str) -> list[list[str]]:
    if mark == BLANKS:
        return [line.split() for line in text.split("\n")]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True))


def _records(text: str, mark: str, skipped: int, path: Path) -> list[Record]:
    if mark == BLANKS:
        lines = enumerate(text.split("\n"), start=skipped + 1)
        return [Record(line.split(), number) for number, line in lines if line.strip()]
    if len(mark) != 1 or mark in '"\n':
        what = f"data.sep = {mark} is not a separator."
        raise DataError(describe(what, "data.sep", "one character, such as ; or | or \\t"))
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True, skipinitialspace=True)
    records = []
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                records.append(Record([cell.strip() for cell in row], reader.line_num + skipped))
    except csv.Error as error:
        place = f"line {reader.line_num + skipped}"
        what = f"The table is cut off or has a misplaced quote at {place}: {error}."
        raise DataError(describe(what, str(path), "quotes in pairs around whole fields")) from error
    return records


def find_table(
    records: Sequence[Record], text: str, mark: str, path: Path
) -> tuple[list[str], list[Record], tuple[str, ...]]:
    """Return the names, the rows below the header, and remarks on what was left out.

    Raises:
        DataError: a row with too few or too many cells, or no row at all.
    """
    kept = [each for each in records if not each.cells[0].startswith("#") or not _is_comment(each, records)]
    notes = [f"{len(records) - len(kept)} comment lines skipped"] if len(kept) < len(records) else []
    if not kept:
        raise DataError(describe("The table has a header and no rows.", str(path), "at least one row"))
    width = _width(kept)
    at = _header(kept, width)
    if at:
        notes.append(f"{at} line{'s' if at > 1 else ''} above the header skipped")
    names, rows = list(kept[at].cells), kept[at + 1 :]
    rows, footers = _without_footers(rows, width, text)
    if footers:
        notes.append(f"{footers} line{'s' if footers > 1 else ''} below the table skipped")
    if not rows:
        raise DataError(describe("The table has a header and no rows.", str(path), "at least one row"))
    names, rows = _same_width(names, rows, width)
    for row in rows:
        if len(row.cells) != len(names):
            _refuse_row(row, names, mark, path)
    return names, rows, tuple(notes)


def _is_comment(record: Record, records: Sequence[Record]) -> bool:
    """Return whether a row that begins with # is a comment: it has another length than the table."""
    return len(record.cells) != _width(records) or record is records[0]


def _width(records: Sequence[Record]) -> int:
    """Return the usual number of cells of the rows."""
    counts = Counter(len(each.cells) for each in records[: 10 * LINES])
    return max(counts.items(), key=lambda item: (item[1], item[0]))[0]


def _header(records: Sequence[Record], width: int) -> int:
    """Return the position of the header: the first row as long as the table, with hardly an empty cell."""
    if width == 1:
        return 0
    for at, each in enumerate(records[:FIRST]):
        short = len(each.cells) == width - 1 and at + 1 < len(records) and len(records[at + 1].cells) == width
        empty = sum(not cell for cell in each.cells)
        if (len(each.cells) == width or (short and width > 2)) and empty <= MOST_EMPTY * width:
            return at
    return 0


def _without_footers(rows: list[Record], width: int, text: str) -> tuple[list[Record], int]:
    """Leave out lines of words below the table, such as `Source: the shop`."""
    n = len(rows)
    while n and width >= 3 and len(rows[n - 1].cells) == 1 and re.search(r"[^\W\d_]", rows[n - 1].cells[0]):
        if not text.endswith("\n") and " " not in rows[n - 1].cells[0]:
            break
        n -= 1
    return rows[:n], len(rows) - n


def _same_width(names: list[str], rows: list[Record], width: int) -> tuple[list[str], list[Record]]:
    """Resolve a separator at the end of lines, and a header without a name for the first column."""
    behind = all(not row.cells[-1] for row in rows if len(row.cells) == width)
    if behind and len(names) == width and not names[-1]:  # a;b; above 1;2;
        return names[:-1], [
            Record(row.cells[:-1], row.line) if len(row.cells) == width else row for row in rows
        ]
    if len(names) == width - 1 and behind:  # a;b above 1;2;
        return names, _without_last(rows, width)
    if len(names) == width + 1 and not names[-1]:  # a;b; above 1;2
        return names[:-1], rows
    if len(names) == width - 1 > 1:  # R writes no name above the row names
        return ["", *names], rows
    return names, rows


def _without_last(rows: list[Record], width: int) -> list[Record]:
    return [Record(row.cells[:-1], row.line) if len(row.cells) == width else row for row in rows]


def _refuse_row(row: Record, names: Sequence[str], mark: str, path: Path) -> None:
    what = f"Line {row.line} has {len(row.cells)} fields and the header {len(names)}."
    step = "correct this line; a file that was cut off ends like this"
    if mark == "," and len(row.cells) > len(names):
        step = "quote texts and numbers that contain a comma; another separator is set by "
        step += argument("data.sep", ";")
    raise DataError(describe(what, f"{path}, line {row.line}", f"{len(names)} fields in every row", step))
