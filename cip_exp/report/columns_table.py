"""How the columns of a user's file were read: as lines, a table, CSV and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cip_exp.records.columns import Column, Reading

HEADINGS = ("column", "role", "used", "levels", "missing", "remark")


def reading_lines(reading: Reading) -> list[str]:
    """Return what is said at the end of a run: columns by role, and what was special in the file."""
    if not reading.columns:
        return []
    special = [f"{each.name}: {each.note}" for each in reading.columns if each.used and each.note]
    lines = [reading.summary, *reading.notes]
    holes = [f"{each.name} ({each.missing})" for each in reading.columns if each.used and each.missing]
    if holes:
        rest = f" and {len(holes) - 8} more" if len(holes) > 8 else ""
        listed = ", ".join(holes[:8]) + rest
        lines.append(f"missing values, filled within the fold (features.impute): {listed}")
    if special:
        rest = f"; and {len(special) - 5} more (scripts/audit.py FILE --columns)" if len(special) > 5 else ""
        lines.append(f"read as written: {'; '.join(special[:5])}{rest}")
    return lines


def print_columns(reading: Reading, width: int | None = None) -> None:
    """Print a row a column, then the remarks on the file; `width` is that of the terminal where None."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=width, markup=False)  # names may have brackets
    table = Table(title=reading.summary, title_justify="left")
    for heading in HEADINGS:
        table.add_column(
            heading, justify="right" if heading in ("levels", "missing") else "left", overflow="fold"
        )
    for each in reading.columns:
        table.add_row(*_cells(each))
    console.print(table)
    for note in reading.notes:
        console.print(f"  • {note}", highlight=False, soft_wrap=True)


def columns_csv(reading: Reading) -> str:
    """Return the same as CSV."""
    import pandas as pd

    from cip_exp.records.safe_csv import to_csv

    return to_csv(pd.DataFrame([_cells(each) for each in reading.columns], columns=HEADINGS))


def columns_json(reading: Reading) -> str:
    """Return the same as a JSON list, with the fields of `records.columns.Column`."""
    return json.dumps([each.plain() for each in reading.columns], indent=2, ensure_ascii=False)


def _cells(column: Column) -> tuple[str, ...]:
    used = "yes" if column.used else "target" if column.role == "target" else "no"
    return column.name, column.role, used, str(column.levels), str(column.missing), column.note
