"""Decide what each column of a user's table is, by its content and its name, and convert its values."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from cip_exp.data import id_columns
from cip_exp.data.column_faults import refuse_faults
from cip_exp.data.column_names import (
    sounds_like_code,
    sounds_like_date,
    sounds_like_text,
    sounds_like_whom,
)
from cip_exp.data.column_values import Values, read_as, read_values
from cip_exp.data.date_formats import read_dates, serial_format
from cip_exp.data.notation import Notation, read_numbers
from cip_exp.errors import argument
from cip_exp.records.columns import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cip_exp.data.column_options import ColumnOptions
    from cip_exp.records.columns import Kind, Role

FEATURES = ("number", "category", "code", "date")
"""Roles of columns that are features."""
MOST_LEVELS = 50
"""A text column with more levels, or with more than a tenth of the rows, has many levels."""
FEW = 10
"""A text column with at most so many levels never has many."""
WORDS_OF_A_SENTENCE = 4


def read_columns(
    frame: pd.DataFrame, options: ColumnOptions, target: str | None, where: str
) -> tuple[pd.DataFrame, tuple[Column, ...]]:
    """Return the converted columns, and what each was read as; the target is left as it is.

    Raises:
        DataError: a column that is nearly all numbers or dates, or can be read in two ways; the message has
            the option that decides.
    """
    found = {name: _values(frame[name], name, options) for name in frame.columns if name != target}
    found = _resolved(found, options)
    columns: list[Column] = []
    converted: dict[str, pd.Series] = {}
    for name in frame.columns:
        if name == target:
            converted[name] = frame[name]
            columns.append(_target_column(frame[name], name))
            continue
        refuse_faults(name, found[name], options, where)
        values, column = _decide(name, found[name], options)
        converted[name] = values
        columns.append(column)
    return pd.DataFrame(converted, index=frame.index), tuple(columns)


def many_levels(levels: int, rows: int) -> bool:
    """Return whether a text column has so many levels that one column for each would be too many."""
    return levels > MOST_LEVELS or (levels > FEW and levels > rows / 10)


def _values(column: pd.Series, name: str, options: ColumnOptions) -> Values:
    """Return the values as the kind that the user gave for this column; else as what they are."""
    given: dict[Kind, tuple[str | None, ...]] = {
        "number": options.numeric, "text": options.categorical, "date": (*options.dates, options.time),
    }  # fmt: skip
    for kind, names in given.items():
        if name in names:
            return read_as(column, kind, options.na, options.decimal)
    values = read_values(column, options.na, options.decimal)
    if values.kind == "number" and not values.bad and not values.mixed:
        form = serial_format(values.series)
        if form is not None and (form == "%Y%m%d" or sounds_like_date(name)):
            return Values("date", read_dates(values.series, form), values.missing_words, formats=(form,))
    return values


def _resolved(found: Mapping[str, Values], options: ColumnOptions) -> dict[str, Values]:
    """Decide ambiguous notations by the user's options, else by the unambiguous columns of the same file."""
    marks = {options.decimal} if options.decimal else {_mark(each) for each in found.values()} - {None}
    orders = {options.dayfirst} if options.dayfirst is not None else {
        _day_first(each.formats[0]) for each in found.values() if len(each.formats) == 1
    } - {None}  # fmt: skip
    mark = next(iter(marks)) if len(marks) == 1 else None
    order = next(iter(orders)) if len(orders) == 1 else None
    return {name: _one_format(_one_notation(each, mark), order) for name, each in found.items()}


def _mark(values: Values) -> str | None:
    """Return the decimal mark that a column shows without doubt; None where it shows none."""
    if len(values.notations) != 1 or values.raw is None or values.bad:
        return None
    mark = values.notations[0].decimal
    return mark if values.raw.dropna().str.contains(mark, regex=False).any() else None


def _one_notation(values: Values, mark: str | None) -> Values:
    """Keep one of two notations: that with the decimal mark of the file; without one, plain numbers."""
    if len(values.notations) < 2:
        return values
    first = values.notations[0]
    plain = first if first == Notation() else None
    chosen = next((each for each in values.notations if each.decimal == mark), plain)
    if chosen is None:
        return values
    if chosen == first or values.raw is None:
        return replace(values, notations=(chosen,))
    levels = list(pd.unique(values.raw.dropna()))
    numbers = pd.Series(read_numbers(levels, chosen), index=levels)
    return replace(values, series=values.raw.map(numbers).astype("float64"), notations=(chosen,))


def _day_first(date_format: str) -> bool | None:
    day, month = date_format.find("%d"), date_format.find("%m")
    return day < month if min(day, month) >= 0 and not date_format.startswith("%Y") else None


def _one_format(values: Values, order: bool | None) -> Values:
    chosen = [each for each in values.formats if _day_first(each) == order]
    if len(values.formats) < 2 or order is None or len(chosen) != 1:
        return values
    if chosen[0] == values.formats[0] or values.raw is None:
        return replace(values, formats=(chosen[0],))
    return replace(values, series=read_dates(values.raw, chosen[0]), formats=(chosen[0],))


def _target_column(column: pd.Series, name: str) -> Column:
    missing = int(column.isna().sum() + (column.astype("str").str.strip() == "").sum())
    return Column(name, "target", "text", False, int(column.nunique()), missing)


def _decide(name: str, values: Values, options: ColumnOptions) -> tuple[pd.Series, Column]:
    """Return the column as the table stores it, and its record."""
    series = values.series
    role, note = _role(name, values, options)
    remarks = [note, _format_note(values)]
    stored = series.astype("category") if values.kind == "text" else series
    levels = int(series.nunique())
    column = Column(
        name=name,
        role=role,
        kind=values.kind,
        used=role in FEATURES,
        levels=levels,
        missing=int(series.isna().sum()),
        missing_words=values.missing_words,
        notation=values.notations[0].code if values.notations else "",
        date_format=values.formats[0] if values.formats else "",
        width=_width(series) if values.code else 0,
        note="; ".join(each for each in remarks if each),
    )
    return stored, column


def _width(codes: pd.Series) -> int:
    """Return the number of digits where all codes have as many; else 0."""
    widths = codes.dropna().str.len().unique()
    return int(widths[0]) if len(widths) == 1 else 0


def _format_note(values: Values) -> str:
    parts = [values.notations[0].words if values.notations else ""]
    if values.formats and values.formats[0] != "ISO8601":
        parts.append(f"dates as {values.formats[0]}")
    if values.missing_words:
        parts.append(f"read as missing: {', '.join(values.missing_words)}")
    return ", ".join(part for part in parts if part)


def _role(name: str, values: Values, options: ColumnOptions) -> tuple[Role, str]:
    """Return the role of a column, and the reason where it is not a feature."""
    # Several columns that name a group together are measured ones, and stay what they are.
    group = options.group if len(options.group) == 1 else ()
    given: dict[Role, tuple[str | None, ...]] = {
        "dropped": options.drop, "identifier": options.id, "group": group, "time": (options.time,),
        "category": options.categorical, "number": options.numeric, "date": options.dates,
    }  # fmt: skip
    for role, names in given.items():
        if name in names:
            return role, "as given"
    levels = int(values.series.nunique())
    if levels < 2 and not (levels and values.series.isna().any()):
        return "constant", "one value only" if levels else "no value at all"
    reason = id_columns.group_reason(name, values)
    if reason:
        return "group", reason
    reason = id_columns.identifier_reason(name, values)
    if reason:
        return "identifier", reason
    if values.kind == "date":
        return "date", ""
    if values.kind == "number":
        return "number", _doubt(name, values)
    if values.kind == "flag":
        return "category", ""
    return _text_role(name, values, levels)


def _doubt(name: str, values: Values) -> str:
    """Return a remark on numbers that may be dates or codes; empty for others."""
    if (serial_format(values.series) or "").startswith("epoch_m"):
        return f"may be a time stamp: {argument('data.dates', [name])} reads it as one"
    if sounds_like_code(name):
        return f"named as a code: {argument('data.categorical', [name])} reads it as categories"
    return ""


def _text_role(name: str, values: Values, levels: int) -> tuple[Role, str]:
    filled = values.series.dropna()
    rows = len(values.series)
    if sounds_like_whom(name) and not values.code:
        return "text", "names of persons by its name: not used"
    if many_levels(levels, rows) and not values.code:
        if sounds_like_text(name):
            return "text", f"names or free text by its name, {levels} levels: not used"
        if levels > 0.5 * len(filled):
            return "text", f"{levels} different texts in {len(filled)} rows: names or free text, not used"
        words = filled.head(1000).map(lambda text: len(re.findall(r"\w+", text))).median()
        if words >= WORDS_OF_A_SENTENCE and levels > MOST_LEVELS:
            return "text", "sentences: free text, not used"
    role: Role = "code" if values.code else "category"
    remarks = []
    if many_levels(levels, rows):
        remarks.append(f"{levels} levels: target-encoded within the fold (features.many_levels)")
    spellings = levels - int(filled.str.casefold().nunique())
    if spellings:
        remarks.append(f"{spellings} of {levels} levels differ from others in case only")
    return role, "; ".join(remarks)
