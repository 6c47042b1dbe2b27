"""Convert rows that are to be predicted as the rows of the training file were converted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cip_exp.data.column_values import FLAGS, MISSING_WORDS, texts_of
from cip_exp.data.date_formats import read_dates
from cip_exp.data.notation import Notation, read_numbers
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records.columns import Kind


def convert(
    column: pd.Series, kind: Kind, code: str, date_format: str, na: Sequence[str], width: int = 0
) -> pd.Series:
    """Convert rows that are to be predicted as the training rows were.

    Args:
        column: raw cells, as texts or as numbers.
        kind: of the training column.
        code: the code of its notation.
        date_format: of its dates.
        na: words that mean missing.
        width: digits of a code, which lose their zeros where a program reads them as a number.

    Raises:
        DataError: a text in a column of numbers or dates that is none, and no word for a missing value.
    """
    if kind == "date" and not (pd.api.types.is_numeric_dtype(column) and date_format == "ISO8601"):
        typed = column if _is_typed(column) else texts_of(column, na)
        dates = read_dates(typed, date_format)
        if not _is_typed(typed):
            dates = dates.fillna(read_dates(typed, "ISO8601"))
        _refuse_unread(typed, dates, f"dates such as {_example(date_format)}")
        return dates
    if kind in ("number", "flag") and _is_typed(column):
        return column.astype("float64")
    texts = texts_of(column, na)
    if kind == "text" and width:
        texts = texts.map(lambda text: text.zfill(width) if str(text).isdigit() else text)
    if kind == "text":
        return texts.where(texts.notna(), np.nan)  # scikit-learn's imputer does not fill None
    if kind == "flag":
        flags = texts.map(lambda text: FLAGS.get(str(text).casefold(), np.nan)).astype("float64")
        _refuse_unread(texts, flags, "true or false")
        return flags
    levels = list(pd.unique(texts.dropna()))
    notation = Notation.from_code(code)
    read = pd.Series(read_numbers(levels, notation) if levels else [], levels, "float64")
    numbers = texts.map(read).astype("float64")
    _refuse_unread(texts, numbers, f"numbers{f' ({notation.words})' if notation.words else ''}")
    return numbers


def _refuse_unread(cells: pd.Series, read: pd.Series, allowed: str) -> None:
    """Refuse the first text that was not read: a wrong prediction without a word would be worse."""
    unread = cells.notna() & read.isna()
    bad = unread & ~cells.astype("str").str.casefold().isin(MISSING_WORDS)
    if bad.any():
        what = f"'{cells[bad].iloc[0]}' in column '{cells.name}' cannot be read."
        raise DataError(describe(what, "the rows to predict", f"{allowed}, or nothing for a missing value"))


def _example(date_format: str) -> str:
    day = pd.Timestamp("2024-01-31")
    return day.strftime(date_format) if "%" in date_format else day.strftime("%Y-%m-%d")


def _is_typed(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))
