"""Give every column of a file a name; an unnamed column that counts or names the rows is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

MADE_UP = re.compile(r"|Unnamed: \d+(_level_\d+)?(\.\d+)*|\.\.\.\d+")
"""No name, and the names that pandas and readr give to columns without one."""


def name_columns(names: Sequence[str], frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the table under its names, and a note for each column that was left out or named.

    Columns without a name: the first is left out where it counts the rows or names them; empty ones are left
    out; others are named by their position, as column_7.
    """
    made_up = [i for i, name in enumerate(names) if MADE_UP.fullmatch(name)]
    empty = [i for i in made_up if _is_empty(frame.iloc[:, i])]
    index = _find_index(names, frame, empty)
    if len(empty) + len(index) == len(names):
        # A table of nothing else stays as it is.
        empty, index = [], []
    out = {*empty, *index}
    keep = [i for i in range(len(names)) if i not in out]
    final, named = _fill_in(names, keep)
    frame = frame.iloc[:, keep].copy()
    frame.columns = final
    return frame, (*_notes(names, index, len(empty)), *named)


def counts(column: pd.Series) -> bool:
    """Tell whether a column counts the rows from 0 or 1; it may begin again, as where tables were joined."""
    numbers = _whole(column)
    if numbers is None:
        return False
    step = numbers.diff().iloc[1:] == 1
    return int(numbers.iloc[0]) in (0, 1) and bool((step | (numbers.iloc[1:] == numbers.iloc[0])).all())


def is_row_name(column: pd.Series) -> bool:
    """Tell whether a column names every row: texts with letters, all different."""
    texts = column.astype("str")
    return bool(texts.is_unique and texts.str.contains(r"[^\W\d_]", regex=True).all())


def _whole(column: pd.Series) -> pd.Series | None:
    """Return a column as whole numbers; None where it has anything else."""
    texts = column.astype("str")
    return texts.astype("int64") if len(texts) and texts.str.fullmatch(r"\d{1,18}").all() else None


def _is_empty(column: pd.Series) -> bool:
    return bool((column.isna() | (column.astype("str") == "")).all())


def _find_index(names: Sequence[str], frame: pd.DataFrame, empty: Sequence[int]) -> list[int]:
    """Return the columns at the start that pandas or R wrote as the index of the rows."""
    found: list[int] = []
    for i, name in enumerate(names):
        if i in empty:
            continue
        column = frame.iloc[:, i]
        if not MADE_UP.fullmatch(name) or i == len(names) - 1:
            break
        numbers = _whole(column)
        if not (
            counts(column)
            or (numbers is not None and numbers.is_unique)
            or (not name and is_row_name(column))
        ):
            break
        found.append(i)
    return found


def _fill_in(names: Sequence[str], keep: Sequence[int]) -> tuple[list[str], list[str]]:
    """Return a name for each column that is kept, and a note where one was made."""
    final: list[str] = []
    made: list[str] = []
    taken = set(names)
    for i in keep:
        name = names[i]
        if not name:
            name = f"column_{i + 1}"
            while name in taken:
                name += "_"
            made.append(name)
        taken.add(name)
        final.append(name)
    if not made:
        return final, []
    shown = ", ".join(made[:5]) + (" …" if len(made) > 5 else "")
    return final, [
        f"{len(made)} columns without a name: {shown}" if made[1:] else f"a column without a name: {shown}"
    ]


def _notes(names: Sequence[str], index: Sequence[int], n_empty: int) -> list[str]:
    called = [f"column '{names[i]}'" if names[i] else "the first column has no name and" for i in index]
    notes = [f"{name} counts or names the rows: left out" for name in called]
    if n_empty:
        notes.append(f"{n_empty} empty {'column' if n_empty == 1 else 'columns'} without a name left out")
    return notes
