"""Read the rows of a text table into columns; lines below it are left out, a cut-off row is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cip_exp.data.text_header import is_number, uneven

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    from cip_exp.data.text_records import Record

FOOTER_WIDTH = 3
"""From this number of fields on, a line with one field below the table is a footer, a row of empty fields is
left out: programs fill up blank lines with separators."""


@dataclass(frozen=True, eq=False)
class TextRows:
    """The rows below the header."""

    frame: pd.DataFrame
    """Text cells (dtype object), columns numbered from 0."""
    n_empty: int
    """Number of rows of empty fields that were left out."""
    footers: list[str]


def read_rows(rows: Iterable[Record], width: int, path: Path, *, comma: bool, ended: bool) -> TextRows:
    """Read the rows of a table.

    Args:
        rows: the records below the header.
        width: the number of fields of the header.
        path: the file, for messages.
        comma: the separator is a comma.
        ended: the file's last line is complete: a line break follows it.

    Raises:
        DataError: a row with too few or too many fields.
    """
    import pandas as pd

    cells: list[list[str]] = []
    n_empty = 0
    odd: list[Record] = []
    for record in rows:
        if len(record.fields) != width or odd:
            odd.append(record)
            if len(record.fields) > 1 or width < FOOTER_WIDTH:
                raise uneven(odd[0], width, path, comma=comma)
        elif width < FOOTER_WIDTH or any(record.fields):
            cells.append(record.fields)
        else:
            n_empty += 1
    frame = pd.DataFrame(cells, columns=range(width), dtype=object)
    if odd and not _are_footers(odd, frame, ended=ended):
        raise uneven(odd[0], width, path, comma=comma)
    return TextRows(frame, n_empty, [record.fields[0] for record in odd])


def _are_footers(odd: list[Record], frame: pd.DataFrame, *, ended: bool) -> bool:
    """Tell lines below the table from the start of a row that was cut off.

    A number where the first column has numbers is the start of a row, unless it is the count of the rows. In
    a file without a line break at its end so is a text where the first column has texts.
    """
    if not len(frame):
        return False
    last = odd[-1].fields[0]
    below = is_number(str(frame.iloc[-1, 0]))
    if is_number(last):
        return not below or last == str(len(frame))
    return ended or below
