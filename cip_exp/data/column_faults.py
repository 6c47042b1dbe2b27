"""Refuse a column that can be read in two ways, or is only nearly numbers or dates; name the options."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from cip_exp.errors import DataError, argument, describe

if TYPE_CHECKING:
    from cip_exp.data.column_options import ColumnOptions
    from cip_exp.data.column_values import Values

FEW = 5
"""More different texts than these are hardly words for a missing value."""
KINDS = {"number": "numbers", "date": "dates", "flag": "true and false", "text": "texts"}


def refuse_faults(name: str, values: Values, options: ColumnOptions, where: str) -> None:
    """Raise DataError for the first fault of a column; a dropped column has none."""
    if name in options.drop:
        return
    place = f"column '{name}', table {where}"
    if values.mixed:
        _refuse_mixed(name, values, place)
    if len(values.notations) > 1:
        example = _example(values)
        what = f"Column '{name}' can be read in two ways: '{example}', decimal comma or thousands separator."
        comma, point = (argument("data.decimal", mark) for mark in ",.")
        step = f"{comma} for a decimal comma, {point} for a thousands separator"
        raise DataError(describe(what, place, "numbers in one notation", step))
    if len(values.formats) > 1:
        what = f"Day and month cannot be told apart in column '{name}': '{_example(values)}'."
        step = "data.dayfirst=true for day/month/year, data.dayfirst=false for month/day/year"
        raise DataError(describe(what, place, "dates in one format, such as 2024-12-31", step))
    if values.bad:
        _refuse_bad(name, values, options, place)


def _example(values: Values) -> str:
    return str(values.raw.dropna().iloc[0]) if values.raw is not None else ""


def _refuse_mixed(name: str, values: Values, place: str) -> NoReturn:
    what = f"Column '{name}' mixes {', '.join(values.mixed[:6])}."
    step = f"convert it to one notation in the file, or leave it out: {argument('data.drop', [name])}"
    if _repeats(values):
        step += f"; as categories: {argument('data.categorical', [name])}"
    raise DataError(describe(what, place, "numbers or dates in one notation", step))


def _repeats(values: Values) -> bool:
    """Return whether the texts repeat, so that they can be categories."""
    return values.raw is None or bool(values.raw.nunique() <= 0.5 * values.raw.notna().sum())


def _refuse_bad(name: str, values: Values, options: ColumnOptions, place: str) -> NoReturn:
    """Refuse texts in a column of numbers or dates, with the options that read it."""
    shown = ", ".join(f"'{text}'" for text in values.bad[:5])
    kind = KINDS[values.kind]
    row = ""
    if values.raw is not None:
        at = values.raw.isin(values.bad).to_numpy()
        row = f", first in row {int(at.argmax()) + 1}" if at.any() else ""
    what = f"Column '{name}' has {kind}, and texts that are none: {shown}{row}."
    na = (*options.na, *values.bad)
    steps = [
        *([f"as missing: {argument('data.na', na)}"] if len(values.bad) <= FEW else []),
        f"as categories: {argument('data.categorical', (*options.categorical, name))}",
        f"without the column: {argument('data.drop', (*options.drop, name))}",
    ]
    raise DataError(describe(what, place, f"{kind}, or nothing for a missing value", "; ".join(steps)))
