"""Find the header of a text table: below title lines, above rows of the same number of fields."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cip_exp.data.delimiter import TextFormat
    from cip_exp.data.text_records import Record

N_ROWS = 30
"""Number of rows that show which columns have numbers."""
NUMERIC_SHARE = 0.8
"""A column with at least this share of numbers is one of numbers; the others are marks of missing values."""
MISSING = ("", "na", "n/a", "nan", "null", "none", "nil", "missing", "unknown", "#n/a", "?", "-", ".")
"""What stands for a missing number in a row, and is not the name of a column."""

_NUMBER = re.compile(r"(?=.*\d)[\W\d_]+", re.DOTALL)


@dataclass(frozen=True)
class Header:
    """The names of a table's fields, and where they stand."""

    names: list[str]
    """As many as the rows have fields; "" where a field has none."""
    line: int
    """The header's line in the file."""
    below: int
    """The position of the first row among the first records."""
    added: Literal["", "first", "last"] = ""
    """Which field the header lacks: the row names that R writes, or the one behind a separator at the end of
    every row."""


def find_header(head: Sequence[Record], width: int, path: Path) -> Header:
    """Return the header of a table.

    Args:
        head: the first records.
        width: the number of fields of most records.
        path: the file, for messages.

    Raises:
        DataError: no line has the form of a header, or the one that has it repeats a name.
    """
    whole = [i for i, record in enumerate(head) if len(record.fields) == width]
    if not whole:
        return _as_it_is(head[0], path)
    place = whole[0]
    if width > 1 and _n_filled(head[place]) * 2 <= width:
        # A title line with separators up to the number of fields: "Customer report,,,,".
        filled = next((i for i in whole if _n_filled(head[i]) * 2 > width), place)
        place = place if looks_like_data(head, filled) else filled
    above = head[place - 1] if place else None
    if above is not None and _lacks_one(above, width) and looks_like_data(head, place) is not False:
        return _short(head, place, path)
    if (
        above is not None
        and len(above.fields) > width
        and not any(above.fields[width:])
        and above.fields[width - 1]
    ):
        # The header alone ends in a separator.
        return _header(above.fields[:width], above.start, place, path)
    titles = [record for record in head[:place] if any(record.fields)]
    if titles and _is_row_below(head, place, titles[-1], width):
        raise uneven(head[place], len(titles[-1].fields), path)
    return _header(head[place].fields, head[place].start, place + 1, path)


def find_commented(
    comment: tuple[str, int] | None, head: Sequence[Record], width: int, form: TextFormat, path: Path
) -> Header | None:
    """Return the header from a comment line above the first row, as NumPy's savetxt writes it; else None."""
    if comment is None or not looks_like_data(head, 0):
        return None
    text, line = comment
    try:
        names = [field.strip() for field in next(form.reader([text.removeprefix("#")]), [])]
    except csv.Error:
        return None
    return _header(names, line, 0, path) if len(names) == width and line < head[0].start else None


def looks_like_data(head: Sequence[Record], place: int) -> bool | None:
    """Tell whether a record is a row: in columns of numbers it has numbers; None without such columns."""
    fields = head[place].fields
    rows = [record.fields for record in head[place + 1 :] if len(record.fields) == len(fields)][:N_ROWS]
    columns = [[is_number(row[i]) for row in rows if row[i]] for i in range(len(fields))]
    numeric = [i for i, cells in enumerate(columns) if cells and sum(cells) >= NUMERIC_SHARE * len(cells)]
    filled = [is_number(fields[i]) for i in numeric if fields[i].lower() not in MISSING]
    return sum(filled) * 2 > len(filled) if filled else None


def is_number(cell: str) -> bool:
    """Tell whether a cell has digits and no letters, whatever the notation; dates count."""
    return bool(_NUMBER.fullmatch(cell))


def uneven(record: Record, width: int, path: Path, *, comma: bool = False) -> DataError:
    """Return the error of a record that has another number of fields than the header.

    Args:
        record: the record.
        width: the header's number of fields.
        path: the file.
        comma: the separator is a comma, so decimal commas may be the cause.
    """
    line, fields = record.end, record.fields
    what = f"Line {line} has {len(fields)} fields and the header {width}."
    step = "correct this line; a file that was cut off ends like this"
    pairs = zip(fields, fields[1:], strict=False)
    split = next(
        (f"{a},{b}" for a, b in pairs if re.fullmatch(r"-?\d+", a) and re.fullmatch(r"\d{1,3}", b)), None
    )
    if comma and len(fields) > width and split:
        step = (
            f"if {split} is one number with a decimal comma, put such numbers in quotes, or separate the "
            "fields by semicolons"
        )
    return DataError(describe(what, f"{path}, line {line}", f"{width} fields in every row", step))


def check_names(names: Sequence[str], where: str) -> None:
    """Refuse a name that occurs twice; fields without a name are named later."""
    twice = [f"'{name}'" for name, n in Counter(filter(None, names)).items() if n > 1]
    if twice:
        what = f"Duplicate column names: {', '.join(twice[:5])}{' …' if len(twice) > 5 else ''}."
        raise DataError(describe(what, f"{where}, header", "each name once", "rename or delete the copies"))


def _header(
    names: Sequence[str], line: int, below: int, path: Path, added: Literal["", "first", "last"] = ""
) -> Header:
    names = [" ".join(name.split()) if "\n" in name or "\r" in name else name for name in names]
    check_names(names, str(path))
    return Header(names, line, below, added)


def _as_it_is(record: Record, path: Path) -> Header:
    return _header(record.fields, record.start, 1, path)


def _is_row_below(head: Sequence[Record], place: int, above: Record, width: int) -> bool:
    """Tell whether the first whole record is a row, so that the line above it is the header, not a title."""
    is_row = looks_like_data(head, place)
    return _n_filled(above) > width if is_row is None else is_row


def _n_filled(record: Record) -> int:
    return sum(map(bool, record.fields))


def _lacks_one(record: Record, width: int) -> bool:
    """Tell whether a record can be a header that lacks one field: every field is a different name."""
    fields = record.fields
    return len(fields) == width - 1 and all(fields) and len(set(fields)) == len(fields)


def _short(head: Sequence[Record], place: int, path: Path) -> Header:
    """Return a header one field short of the rows, which end in a separator or begin with a row name."""
    above = head[place - 1]
    rows = [record.fields for record in head[place:] if len(record.fields) == len(above.fields) + 1]
    if not any(row[-1] for row in rows):
        return _header([*above.fields, ""], above.start, place, path, "last")
    return _header(["", *above.fields], above.start, place, path, "first")
