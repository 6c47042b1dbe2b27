"""A table as ranks: what a value is worth as evidence, and how far two values are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

MISSING = 1e6
"""Stands for a missing value among standardised numbers: far from all others, equal to itself."""
MAGNITUDES = (1e-60, 1e60)
"""Columns whose largest value is outside are divided by it: squares would leave the range of a double."""
DECIMALS = 6
LEVEL_STEP = 1e3
"""Distance between two levels of a category."""


@dataclass(frozen=True, eq=False)
class CodedRows:
    """Rows of features and target, column by column."""

    names: tuple[str, ...]
    codes: NDArray[np.int64]
    """Shape (p, n): numbers of the sorted levels, from 0; a missing value is a level."""
    low: NDArray[np.float32]
    """Shape (p, n): share of rows with a smaller value."""
    high: NDArray[np.float32]
    """Shape (p, n): share of rows with this value or a smaller one."""
    scaled: NDArray[np.float32]
    """Shape (p, n): numbers in standard deviations; categories by `LEVEL_STEP`."""
    steps: NDArray[np.float64]
    """Shape (p,): the step of the decimal grid that all values of a column are on, in standard deviations; 0
    where there is none."""
    nominal: NDArray[np.bool_]
    """Shape (p,): whether values are equal or different, and nothing between: categories and flags."""

    @property
    def n(self) -> int:
        """The number of rows."""
        return int(self.codes.shape[1])

    @property
    def levels(self) -> NDArray[np.int64]:
        """The number of levels of each column, shape (p,)."""
        return np.asarray(self.codes.max(axis=1) + 1)

    def rows(self, rows: NDArray[np.int64]) -> CodedRows:
        """Return some of the rows, with the ranks among them."""
        codes = [np.unique(column, return_inverse=True)[1] for column in self.codes[:, rows]]
        return from_codes(self.names, np.array(codes), self.scaled[:, rows], self.steps, self.nominal)

    def columns(self, kept: NDArray[np.int64]) -> CodedRows:
        """Return some of the columns."""
        names = tuple(self.names[at] for at in kept)
        return CodedRows(
            names, self.codes[kept], self.low[kept], self.high[kept], self.scaled[kept], self.steps[kept],
            self.nominal[kept],
        )  # fmt: skip


def from_codes(
    names: tuple[str, ...],
    codes: NDArray[Any],
    scaled: NDArray[np.float32],
    steps: NDArray[np.float64],
    nominal: NDArray[np.bool_],
) -> CodedRows:
    """Return coded rows with the ranks that follow from their codes."""
    low, high = np.empty(codes.shape, dtype=np.float32), np.empty(codes.shape, dtype=np.float32)
    n = max(codes.shape[1], 1)
    for at, column in enumerate(codes):
        counts = np.bincount(column)
        upto = np.cumsum(counts)
        high[at], low[at] = (upto / n)[column], ((upto - counts) / n)[column]
    return CodedRows(names, codes.astype(np.int64), low, high, scaled, steps, nominal)


def code_rows(X: pd.DataFrame, y: NDArray[np.float64] | None) -> CodedRows:
    """Return features, and the target as last column, as coded rows."""
    coded = [_code(X.iloc[:, at]) for at in range(X.shape[1])]
    if y is not None:
        coded.append(_code_numbers(np.asarray(y, dtype=np.float64)))
    names = (*map(str, X.columns), *(() if y is None else ("the target",)))
    shape = (len(coded), len(X))
    return from_codes(
        names,
        np.array([each.codes for each in coded], dtype=np.int64).reshape(shape),
        np.array([each.scaled for each in coded], dtype=np.float32).reshape(shape),
        np.array([each.step for each in coded]),
        np.array([each.nominal for each in coded], dtype=bool),
    )


class _Coded(NamedTuple):
    codes: NDArray[np.int64]
    scaled: NDArray[Any]
    step: float
    nominal: bool


def _code(column: pd.Series[Any]) -> _Coded:
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column):
        days = (column - column.min()) / pd.Timedelta(days=1)
        return _code_numbers(days.to_numpy(dtype=np.float64, na_value=np.nan))
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return _code_numbers(column.to_numpy(dtype=np.float64, na_value=np.nan))
    codes = pd.factorize(column)[0].astype(np.int64)
    codes = np.where(codes < 0, codes.max(initial=-1) + 1, codes)
    return _Coded(codes, codes * LEVEL_STEP, 0.0, nominal=True)


def _code_numbers(values: NDArray[np.float64]) -> _Coded:
    values = np.where(np.isfinite(values), values, np.nan)
    size = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.0
    if size and not MAGNITUDES[0] < size < MAGNITUDES[1]:
        values = values / size
    levels, codes = np.unique(values, return_inverse=True)
    known = values[~np.isnan(values)]
    middle, spread = (float(known.mean()), float(known.std())) if known.size else (0.0, 0.0)
    unit = spread if spread > 0 else 1.0
    scaled = np.nan_to_num((values - middle) / unit, nan=MISSING)
    return _Coded(codes.astype(np.int64), scaled, _step(levels[~np.isnan(levels)]) / unit, len(levels) <= 2)


def _step(levels: NDArray[np.float64]) -> float:
    """Return the power of ten, from 1 to 10⁻⁶, that all levels are multiples of; 0 where there is none."""
    for decimals in range(DECIMALS + 1):
        parts = levels * 10.0**decimals
        if (np.abs(parts - np.rint(parts)) <= 1e-9 * np.maximum(1.0, np.abs(parts))).all():
            # Tiny values are near a multiple, 0; of huge ones a double holds whole numbers only.
            return float(10.0**-decimals) if 0.5 < np.abs(parts).max(initial=0.0) < 1e12 else 0.0
    return 0.0
