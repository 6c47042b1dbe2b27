"""Recognise a row of totals below a table: it is no customer, and it would be the largest of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cip_exp.data.column_values import read_values
from cip_exp.data.labels import FOOTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_ROWS = 10
"""A shorter table has its sums by chance."""
LEAST_SUMS = 2
"""Columns whose last number has to be the sum of the others."""


def without_totals(
    frame: pd.DataFrame, target: str | None, na: Sequence[str] = ()
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out a last row of totals, and say so.

    It is one where a cell says so (`Total`, `Summe`) that no other row has, or where two columns of numbers
    or more have the sum of all rows above. A target that says so is left to the check of the labels.
    """
    if len(frame) < LEAST_ROWS:
        return frame, ()
    others = [name for name in frame.columns if name != target]
    word = next((name for name in others if _says_total(frame[name])), None)
    if target is not None and _says_total(frame[target]):
        return frame, ()
    if word is None and _n_sums(frame[others], na) < LEAST_SUMS:
        return frame, ()
    why = f"'{frame[word].iloc[-1]}' in column '{word}'" if word is not None else "its numbers are sums"
    return frame.iloc[:-1].reset_index(drop=True), (f"the last row has totals ({why}): left out",)


def _says_total(column: pd.Series) -> bool:
    """Return whether the last cell, and no other, is a word for totals."""
    last = column.iloc[-1]
    if not isinstance(last, str):
        return False
    words = last.casefold().replace(":", " ").split()
    if not words or not set(words) <= FOOTERS:
        return False
    return not (column.iloc[:-1].astype("str").str.casefold() == last.casefold()).any()


def _n_sums(frame: pd.DataFrame, na: Sequence[str]) -> int:
    """Return the number of columns whose last number is the sum of the others."""
    n = 0
    for name in frame.columns:
        if frame[name].iloc[-1] in ("", None):
            continue
        values = read_values(frame[name], na)
        if values.kind != "number" or values.mixed or len(values.notations) > 1:
            continue
        numbers = pd.to_numeric(values.series, errors="coerce").to_numpy(dtype="float64")
        total = np.nansum(numbers[:-1])
        n += bool(abs(total) > 0 and np.isclose(numbers[-1], total, rtol=1e-9, atol=0.0))
    return n
