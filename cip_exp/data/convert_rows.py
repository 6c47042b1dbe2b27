"""Convert rows that are to be predicted as the rows of the training file were converted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cip_exp.data.column_values import FLAGS, texts_of
from cip_exp.data.date_formats import read_dates
from cip_exp.data.notation import Notation, read_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records.columns import Kind


def convert(column: pd.Series, kind: Kind, code: str, date_format: str, na: Sequence[str]) -> pd.Series:
    """Convert rows that are to be predicted as the training rows were; what cannot be read is missing.

    Args:
        column: raw cells, as texts or as numbers.
        kind: of the training column.
        code: the code of its notation.
        date_format: of its dates.
        na: words that mean missing.
    """
    if kind == "date" and not (pd.api.types.is_numeric_dtype(column) and date_format == "ISO8601"):
        typed = column if _is_typed(column) else texts_of(column, na)
        return read_dates(typed, date_format)
    if kind in ("number", "flag") and _is_typed(column):
        return column.astype("float64")
    texts = texts_of(column, na)
    if kind == "text":
        return texts
    if kind == "flag":
        return texts.map(lambda text: FLAGS.get(str(text).casefold(), np.nan)).astype("float64")
    levels = list(pd.unique(texts.dropna()))
    numbers = pd.Series(read_numbers(levels, Notation.from_code(code)) if levels else [], levels, "float64")
    return texts.map(numbers).astype("float64")


def _is_typed(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))
