"""The columns of a case as numbers, with the precision of their stored digits; computed once per case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ColumnKind = Literal["number", "flag", "category", "date", "constant"]

ROWS = 10_000
"""Statistical checks use a random sample of this many rows where there are more."""
DIGITS = 9
"""Numbers with more decimals than this count as stored to full precision."""
MAGNITUDES = (1e-60, 1e60)
"""Columns with values outside these limits are rescaled: their squares would leave the range of a double."""
FULL_PRECISION = 1e-9
"""Relative half-width of a number stored to full precision; float32 arithmetic and text output lose more
than a double's last bit."""


@dataclass(frozen=True, eq=False)
class ColumnView:
    """A sample of the rows, all columns as numbers."""

    rows: NDArray[np.int64]
    """Shape (m,): positions in the table, ascending."""
    names: tuple[str, ...]
    kinds: tuple[ColumnKind, ...]
    values: NDArray[np.float64]
    """Shape (m, p): numbers as stored, flags as 0 and 1, dates in days, categories as codes; NaN: missing."""
    decimals: tuple[int | None, ...]
    """Decimals that a column is stored with; None for full precision and for columns of other kinds."""
    y: NDArray[np.float64] | None
    """Shape (m,)."""
    levels: tuple[tuple[str, ...], ...]
    """Of a category, the names of its levels by code; empty for columns of other kinds."""

    def numeric(self) -> list[int]:
        """Return the positions of columns that hold numbers."""
        return [at for at, kind in enumerate(self.kinds) if kind == "number"]

    def half_width(self, at: int, significant: bool = False) -> NDArray[np.float64]:
        """Return half the width of the rounding interval of each stored value, shape (m,).

        By the last stored decimal; by the last significant digit where `significant` is True.
        """
        if significant:
            return half_widths_by_digits(self.values[:, at])
        return half_widths(self.values[:, at], self.decimals[at])


def build_view(X: pd.DataFrame, y: NDArray[np.float64] | None, seed: int = 0) -> ColumnView:
    """Convert at most `ROWS` rows of `X` and `y`; larger tables are sampled at random, not by class."""
    n = len(X)
    rows = np.arange(n) if n <= ROWS else np.sort(np.random.default_rng(seed).choice(n, ROWS, replace=False))
    part = X if n <= ROWS else X.iloc[rows]
    columns = [to_number(part.iloc[:, at]) for at in range(part.shape[1])]
    values = np.column_stack([value for value, _ in columns]) if columns else np.empty((len(rows), 0))
    kinds = tuple(kind for _, kind in columns)
    decimals = tuple(
        stored_decimals(values[:, at]) if kind == "number" else None for at, kind in enumerate(kinds)
    )
    target = None if y is None else limit_magnitude(np.asarray(y, dtype=float)[rows])
    levels = tuple(
        level_names(part.iloc[:, at]) if kind == "category" else () for at, kind in enumerate(kinds)
    )
    return ColumnView(rows, tuple(str(name) for name in X.columns), kinds, values, decimals, target, levels)


def to_number(column: pd.Series) -> tuple[NDArray[np.float64], ColumnKind]:
    """Convert a column of any type to floats; return them with the kind of column it was."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(column):
        values, kind = column.to_numpy(dtype=float, na_value=np.nan), "flag"
    elif pd.api.types.is_numeric_dtype(column):
        values, kind = column.to_numpy(dtype=float, na_value=np.nan), "number"
        values = limit_magnitude(values)
    elif pd.api.types.is_datetime64_any_dtype(column):
        days = (column - column.min()) / pd.Timedelta(days=1)
        values, kind = days.to_numpy(dtype=float, na_value=np.nan), "date"
    else:
        codes = column.astype("category").cat.codes.to_numpy().astype(float)
        values, kind = np.where(codes < 0, np.nan, codes), "category"
    return values, _flag_or_constant(values, kind)


def level_names(column: pd.Series) -> tuple[str, ...]:
    """Return the names of the levels of a category, by the codes that `to_number` gives."""
    return tuple(str(level) for level in column.astype("category").cat.categories)


def limit_magnitude(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace infinite values by NaN; divide values outside `MAGNITUDES` by the largest of them."""
    values = np.where(np.isfinite(values), values, np.nan)
    sizes = np.abs(values[(values != 0) & ~np.isnan(values)])
    if sizes.size and not MAGNITUDES[0] < sizes.max() < MAGNITUDES[1]:
        return np.asarray(values / sizes.max())
    return values


def _flag_or_constant(values: NDArray[np.float64], kind: str) -> ColumnKind:
    """Return `constant` for one value or none, `flag` for numbers 0 and 1, else `kind`."""
    known = values[~np.isnan(values)]
    if not known.size or (known == known[0]).all():
        return "constant"
    if kind == "number" and ((known == 0) | (known == 1)).all():
        return "flag"
    return kind  # type: ignore[return-value]


def stored_decimals(values: NDArray[np.float64]) -> int | None:
    """Return how many decimals the values are stored with, or None for full precision."""
    known = values[np.isfinite(values)]
    for digits in range(DIGITS + 1):
        scaled = known * 10.0**digits
        if (np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(1.0, np.abs(scaled))).all():
            # A double has about fifteen significant digits: any larger number appears to be an integer.
            return digits if np.abs(scaled).max(initial=0.0) < 1e15 else None
    return None


def half_widths(values: NDArray[np.float64], decimals: int | None) -> NDArray[np.float64]:
    """Return half the width of the rounding interval of each value: half its last decimal, shape (m,)."""
    floor = FULL_PRECISION * np.abs(values)
    return floor if decimals is None else np.maximum(0.5 * 10.0**-decimals, floor)


def half_widths_by_digits(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return half the last significant digit of each value, shape (m,).

    All values are taken to have the same number of significant digits: the smallest of 3 to 6 that represents
    them (3 for 52300 and 8.41). Full precision where six are not enough.
    """
    size = np.floor(np.log10(np.where(values == 0, 1.0, np.abs(values))))
    known = np.isfinite(values)
    for digits in range(3, 7):
        step = 10.0 ** (size - digits + 1)
        scaled = values[known] / step[known]
        if (np.abs(scaled - np.rint(scaled)) <= 1e-6).all():
            return np.asarray(0.5 * step)
    return FULL_PRECISION * np.abs(values)
