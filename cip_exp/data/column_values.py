"""Read the values of one column: find how they are written, and convert them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cip_exp.data.date_formats import ZERO, Dates, find_formats, read_dates, serial_format
from cip_exp.data.notation import (
    LEADING_ZERO,
    Notation,
    Numbers,
    find_notations,
    is_measure,
    may_be_thousands,
    plain_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cip_exp.records.columns import Kind

MOSTLY = 0.8
"""A column with at least this share of numbers (or dates) is one, with errors in the rest."""
MOST_TRIED = 200
"""Different texts of which each is tried by itself, at most."""
MISSING_WORDS = frozenset((
    "na", "n/a", "n.a.", "nan", "null", "none", "nil", "-", "--", "---", "?", ".", "#n/a", "#na",
    "<na>", "#value!", "#div/0!", "#null!", "nat", "k.a.", "s/d", "missing",
))  # fmt: skip
"""Words that mean missing in a column of numbers or dates; in a column of texts each is a level."""
FLAGS = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True, eq=False)
class Values:
    """The values of a column as one kind; `kind` is what they were found to be."""

    kind: Kind
    series: pd.Series
    """Numbers, datetimes, or texts; missing where the cell is."""
    missing_words: tuple[str, ...] = ()
    notations: tuple[Notation, ...] = ()
    """Of numbers: two where 1,234 can be read in two ways."""
    formats: tuple[str, ...] = ()
    """Of dates: two where day and month cannot be told apart."""
    bad: tuple[str, ...] = ()
    """Texts that are not of this kind, at most ten."""
    code: bool = False
    """Whether these are digits with leading zeros."""
    mixed: tuple[str, ...] = ()
    """Currencies, decimal marks or date formats of a column with several of them."""
    raw: pd.Series | None = None
    """The cells as texts, where the column was read from texts."""


def texts_of(column: pd.Series, na: Iterable[str] = ()) -> pd.Series:
    """Return a column as texts without blanks around them; missing where empty or one of `na`."""
    empty = {"", *na}
    cells = zip(column.astype("object"), column.isna(), strict=True)
    texts = ["" if missing else _text(cell) for cell, missing in cells]
    kept = [None if text in empty else text for text in texts]
    return pd.Series(kept, index=column.index, name=column.name, dtype="object")


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


def read_values(column: pd.Series, na: Sequence[str] = (), decimal: str | None = None) -> Values:
    """Return a column as what most of its cells are: numbers, flags, dates, else texts.

    Args:
        column: of texts, or of a type of its own (from a Parquet file).
        na: words that mean missing.
        decimal: the decimal mark, where the user gave it.
    """
    if pd.api.types.is_bool_dtype(column):
        return Values("flag", column.astype("float64") if column.hasnans else column.astype("bool"))
    if pd.api.types.is_numeric_dtype(column):
        return Values("number", column.where(~column.isin(_numbers_in(na))) if na else column)
    if pd.api.types.is_datetime64_any_dtype(column):
        return Values("date", read_dates(column, "ISO8601"), formats=("ISO8601",))
    texts = texts_of(column, na)
    levels = pd.unique(texts.dropna())
    words = [each for each in levels if each.casefold() in MISSING_WORDS]
    filled = [each for each in levels if each.casefold() not in MISSING_WORDS]
    if not filled:
        return Values("text", texts)
    if len(filled) == 2 and {each.casefold() for each in filled} == set(FLAGS):
        return _flags(texts, words)
    if any(LEADING_ZERO.fullmatch(each) for each in filled) and all(each.isdigit() for each in filled):
        return Values("text", texts, code=True)
    return (
        _as_numbers(texts, filled, words, decimal) or _as_dates(texts, filled, words) or Values("text", texts)
    )


def read_as(column: pd.Series, kind: Kind, na: Sequence[str] = (), decimal: str | None = None) -> Values:
    """Return a column as the kind that the user names; what is not of this kind is in `bad`."""
    if kind == "text":
        return Values("text", texts_of(column, na))
    if kind == "date" and pd.api.types.is_numeric_dtype(column):
        form = serial_format(column) or "%Y"
        dates = read_dates(column, form)
        return Values("date", dates, formats=(form,), bad=_bad(column[column.notna() & dates.isna()]))
    found = read_values(column, na, decimal)
    if found.kind == kind:
        return found
    if kind == "date" and found.kind == "number":
        return read_as(found.series, "date")
    texts = texts_of(column, na)
    levels = list(pd.unique(texts.dropna()))
    words = [each for each in levels if each.casefold() in MISSING_WORDS]
    filled = [each for each in levels if each.casefold() not in MISSING_WORDS]
    made = None
    if filled and kind == "number":
        made = _as_numbers(texts, filled, words, decimal, least=0.0)
    elif filled:
        made = _as_dates(texts, filled, words, least=0.0)
    if made is not None:
        return made
    empty = pd.Series(np.nan, index=column.index, dtype="float64")
    return Values(kind, empty if kind == "number" else pd.to_datetime(empty), bad=tuple(filled[:10]))


def _numbers_in(words: Iterable[str]) -> list[float]:
    return [float(each) for each in words if plain_numbers([each]) is not None]


def _flags(texts: pd.Series, words: Sequence[str]) -> Values:
    values = texts.map(lambda text: FLAGS.get(str(text).casefold(), np.nan)).astype("float64")
    return Values("flag", values if values.hasnans else values.astype("bool"), tuple(words))


def _as_numbers(
    texts: pd.Series,
    filled: Sequence[str],
    words: Sequence[str],
    decimal: str | None = None,
    least: float = MOSTLY,
) -> Values | None:
    """Return the column as numbers; None where too few of its cells are."""
    plain = plain_numbers(filled) if decimal != "," else None
    if plain is not None:
        some = filled[:200] if decimal != "." and may_be_thousands(filled[:200]) else []
        both = [n for n in find_notations(some, ",") if n.share == 1] if some else []
        notations = (Notation(), *(each.notation for each in both if each.notation.thousands == "."))
        numbers = _whole(_by_text(texts, filled, plain), filled)
        return Values("number", numbers, tuple(words), notations, raw=texts)
    counts = texts.value_counts()
    found = [
        each
        for each in find_notations(filled, decimal)
        if _weight(~np.isnan(each.numbers), filled, counts) >= max(least, 1e-9)
    ]
    if not found:
        mixed = _mixed_notations(filled)
        return Values("number", texts, mixed=mixed, raw=texts) if len(mixed) > 1 else None
    found = _preferred(found, filled)
    first = found[0]
    bad = [text for text, value in zip(filled, first.numbers, strict=True) if np.isnan(value)]
    values = _by_text(texts, filled, first.numbers)
    return Values(
        "number", values, tuple(words), tuple(each.notation for each in found), bad=tuple(bad[:10]), raw=texts
    )


def _preferred(found: list[Numbers], filled: Sequence[str]) -> list[Numbers]:
    """Leave out the less likely of two readings: 1,234 with a currency, or beside whole numbers, is 1234."""
    grouped = [each for each in found if each.notation.thousands]
    if len(found) < 2 or len(grouped) != 1:
        return found
    whole = any(text.isdigit() and len(text) <= 3 for text in filled)
    return grouped if whole or grouped[0].notation.unit not in ("", "%") else found


def _mixed_notations(filled: Sequence[str]) -> tuple[str, ...]:
    """Return the different units or decimal marks of a column whose cells are numbers apart from these."""
    tried = (found[0].notation for text in filled[:MOST_TRIED] if (found := find_notations([text])))
    single = [each for each in tried if not is_measure(each.unit)]
    if len(single) < MOSTLY * len(filled[:MOST_TRIED]):
        return ()
    units = sorted({each.unit or "no unit" for each in single})
    marks = sorted({"decimal comma" if each.decimal == "," else "decimal point" for each in single})
    return tuple(units if len(units) > 1 else marks)


def _as_dates(
    texts: pd.Series, filled: Sequence[str], words: Sequence[str], least: float = MOSTLY
) -> Values | None:
    """Return the column as dates; None where too few of its cells are."""
    zero = [text for text in filled if ZERO.fullmatch(text)]
    rest = [text for text in filled if not ZERO.fullmatch(text)]
    tried = find_formats(rest) if rest else []
    counts, least = texts.value_counts(), max(least, 1e-9)
    found = [each for each in tried if _weight(each.dates.notna(), rest, counts) >= least]
    if not found:
        mixed = _mixed_formats(rest)
        return Values("date", texts, mixed=mixed, raw=texts) if len(mixed) > 1 else None
    first: Dates = found[0]
    bad = [text for text, missing in zip(rest, first.dates.isna(), strict=True) if missing]
    by_text = pd.Series(first.dates.to_numpy(), index=rest)
    values = texts.map(by_text).astype("datetime64[us]")
    formats = tuple(each.format for each in found)
    return Values("date", values, (*words, *zero), formats=formats, bad=tuple(bad[:10]), raw=texts)


def _mixed_formats(rest: Sequence[str]) -> tuple[str, ...]:
    """Return the different formats of a column whose cells are all dates, each in its own format."""
    single = [found[0].format for text in rest[:MOST_TRIED] if (found := find_formats([text]))]
    return tuple(sorted(set(single))) if len(single) >= MOSTLY * len(rest[:MOST_TRIED]) > 0 else ()


def _weight(right: Any, filled: Sequence[str], counts: pd.Series) -> float:
    """Return the share of the filled cells whose text is right; a text in many rows weighs more."""
    cells = counts.reindex(list(filled)).to_numpy(dtype="float64")
    return float(cells[np.asarray(right)].sum() / cells.sum())


def _by_text(texts: pd.Series, filled: Sequence[str], numbers: Any) -> pd.Series:
    """Return the number of each cell, from the numbers of the different texts `filled`; else missing."""
    return texts.map(pd.Series(numbers, index=list(filled), dtype="float64")).astype("float64")


def _whole(values: pd.Series, filled: Sequence[str]) -> pd.Series:
    """Return whole numbers without a missing one as integers."""
    if values.hasnans or not all(text.lstrip("+-").isdigit() for text in filled):
        return values
    return values.astype("int64") if np.abs(values).max() < 2**53 else values


def _bad(column: pd.Series) -> tuple[str, ...]:
    return tuple(str(each) for each in pd.unique(column)[:10])
