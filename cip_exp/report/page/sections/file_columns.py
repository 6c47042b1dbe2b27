"""Show how each column of a user's file was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.report.page.blocks import PageTable, Section, TableCell

if TYPE_CHECKING:
    from cip_exp.report.page.source import Source

MOST_ROWS = 300


def columns_section(source: Source) -> Section:
    """Return a row a column, from `columns.csv` of the first model that has one; no block without any."""
    tables = (each.table("columns.csv") for each in source.diagnostics)
    found = next((table for table in tables if table is not None), None)
    if found is None:
        return Section("Columns", [])
    shown = found.head(MOST_ROWS).fillna("")
    rows = tuple(tuple(TableCell(str(cell)) for cell in row) for row in shown.itertuples(index=False))
    more = f", the first {MOST_ROWS} of {len(found)}" if len(found) > MOST_ROWS else ""
    caption = f"What each column of the file was read as{more}"
    return Section("Columns", [PageTable(caption, tuple(map(str, found.columns)), rows)])
