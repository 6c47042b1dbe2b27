"""Recognise identifiers and groups: columns that name a row or a customer and measure nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.data.column_names import names_a_person, sounds_like_id
from cip_exp.errors import argument

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cip_exp.data.column_values import Values

NEARLY_ALL = 0.98
"""Share of different values of an identifier by its name."""
LEAST_ROWS = 20
"""Fewer values are too few to tell an identifier by its content."""
EXPECTED_PAIRS = 8.0
"""Whole numbers that are all different are an identifier where chance would give so many equal pairs:
without any, that has a probability of e to the minus 8."""
DIGITS = 8
"""Whole numbers of this many digits or more, all of one length and all different, are an identifier."""
CODE = re.compile(r"\S*[\d@]\S*")
LEAST_GROUPS = 5


def identifier_reason(name: str, values: Values) -> str:
    """Return why a column is an identifier; empty where it is none."""
    filled = values.series.dropna()
    n, different = len(filled), int(filled.nunique())
    if n < 2 or values.kind == "flag":
        return ""
    if values.kind == "date":
        return _by_stamps(name, values, different)
    if different >= NEARLY_ALL * n and sounds_like_id(name) and _codes(values, filled):
        return f"named as an identifier, {_share(different, n)}"
    if n < LEAST_ROWS or different < NEARLY_ALL * n or not _codes(values, filled):
        return ""
    if values.kind == "text":
        return f"codes, {_share(different, n)}"
    if different < n:
        return ""
    reason = _by_numbers(np.sort(filled.to_numpy(dtype="float64")))
    return f"{reason}; {argument('data.numeric', [name])} keeps it" if reason else ""


def _by_stamps(name: str, values: Values, different: int) -> str:
    """Return why dates are the time stamps of single rows; empty where they are none."""
    n = len(values.series)
    if n < LEAST_ROWS or different < NEARLY_ALL * n or values.series.isna().any():
        return ""
    if (values.series != values.series.dt.normalize()).mean() < NEARLY_ALL:
        return ""
    return f"time stamps, {_share(different, n)}; {argument('data.dates', [name])} keeps it"


def group_reason(name: str, values: Values) -> str:
    """Return why a column is the repeated identifier of customers; empty where it is none."""
    filled = values.series.dropna()
    different = int(filled.nunique())
    if not names_a_person(name) or different < LEAST_GROUPS or different == len(filled):
        return ""
    if values.kind not in ("number", "text") or not _codes(values, filled):
        return ""
    return f"named as a customer's identifier, {different} in {len(filled)} rows: rows of one stay together"


def _share(different: int, n: int) -> str:
    return f"all {n} different" if different == n else f"{different} of {n} different"


def _codes(values: Values, filled: pd.Series) -> bool:
    """Return whether the values are whole numbers, or texts without blanks and with a digit or an @."""
    if values.kind == "number":
        numbers = filled.to_numpy(dtype="float64")
        plain = not values.notations or not values.notations[0].unit
        return bool(plain and np.isfinite(numbers).all() and (numbers == np.rint(numbers)).all())
    return bool(filled.map(lambda text: CODE.fullmatch(str(text)) is not None).mean() >= 0.95)


def _by_numbers(ordered: NDArray[np.float64]) -> str:
    """Return why different whole numbers, in ascending order, are an identifier."""
    n, low, high = len(ordered), ordered[0], ordered[-1]
    if high - low + 1 <= 1.05 * n:
        return f"whole numbers {int(low)} to {int(high)}, each once"
    if low >= 10 ** (DIGITS - 1) and len(str(int(low))) == len(str(int(high))):
        return f"whole numbers of {len(str(int(low)))} digits, all different"
    if expected_pairs(ordered) >= EXPECTED_PAIRS:
        return "whole numbers, all different where chance would give equal ones"
    return ""


def expected_pairs(ordered: NDArray[np.float64]) -> float:
    """Return how many equal pairs chance would give among whole numbers of this density.

    The density is estimated from the gaps over √n neighbours (Vasicek's spacings): n(n−1)/2 · mean density.

    Args:
        ordered: shape (n,), ascending and different.
    """
    n = len(ordered)
    m = max(1, int(np.sqrt(n)))
    width = ordered[2 * m :] - ordered[: -2 * m]
    density = 2 * m / n / width
    return float(n * (n - 1) / 2 * density.mean())
