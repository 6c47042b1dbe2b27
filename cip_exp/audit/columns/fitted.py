"""Columns that hold a statistic of the whole table: scaled, ranked, cut or filled before the split.

A step that is fitted on the training rows alone does not give the mean, ranks or quantiles of the whole table
to the last digit; a step that is fitted on all rows does. The effect on a score is mostly small, so such a
column is `suspect`, not a `leak`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.column_view import half_widths, stored_decimals, to_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

QUANTILES = (0.75, 0.5, 0.25, 0.9, 0.1, 0.8, 0.2, 2 / 3, 1 / 3)
"""The most usual first: where two give the same flag, the more usual one is reported."""
MIN_ROWS = 30
MIN_FILLED = 5
FEW_VALUES = 50
"""Of a column with fewer values than this, any may have been typed as a limit: many are near a quantile."""
ROUND = 20
"""A limit is plain where the gap between the two sides holds a round number, and round numbers of that kind
are at least this many gaps apart."""


def fitted(case: Case) -> list[Finding] | NotApplicable:
    """Report columns that hold a statistic of rows from both sides of the split as `suspect`.

    Found to the last stored digit: the mean and standard deviation of a standardised column, ranks, a mean
    that fills missing values, the minimum and maximum of a column scaled to 0..1, and a flag that cuts
    another column at a quantile. With a split, the last two count only where its training rows give another
    result. Columns that are declared fitted, but are not fitted in each fold, are reported too. Not
    applicable under 30 rows or without a column.
    """
    n = len(case.X)
    if n < MIN_ROWS or not case.X.shape[1]:
        return NotApplicable(f"fewer than {MIN_ROWS} rows, or no column")
    train = None if case.split is None else case.split.final.train
    numbers = {str(name): to_number(case.X.iloc[:, at])[0] for at, name in enumerate(case.X.columns)}
    statistics = dict.fromkeys(case.fitted_on_table, "is declared to be a statistic")
    for name, values in numbers.items():
        inside = name in case.lineage and case.lineage[name].fitted
        # The audit gets a column that is fitted in each fold as fitted on the whole table.
        if name not in statistics and not inside:
            how = _statistic(values, train) or _threshold(name, values, numbers, train)
            if how is not None:
                statistics[name] = how
    return [
        Finding("fitted", "suspect", (name,), f"{name} {how} of all {n} rows, before the split")
        for name, how in statistics.items()
    ]


def _statistic(values: Floats, train: NDArray[np.int64] | None) -> str | None:
    """Return in words which statistic of the whole column its values hold."""
    known = values[np.isfinite(values)]
    if len(known) < MIN_ROWS or np.unique(known[:200]).size < 3:
        return None
    mean, spread = float(known.mean()), float(known.std())
    close = max(1e-6, float(half_widths(known[:1], stored_decimals(known[:2_000]))[0]) / 10)
    units = (1.0, float(np.sqrt((len(known) - 1) / len(known))), 1.0 / np.sqrt(len(known)))
    if abs(mean) <= close * spread and any(abs(spread / unit - 1.0) <= close for unit in units):
        return "is standardised with the mean and standard deviation"
    if _is_rank(known):
        return "is a rank"
    level, count = _most_common(known)
    if count >= MIN_FILLED and level != np.rint(level) and abs(level - mean) <= 1e-9 * max(abs(mean), spread):
        return f"is filled ({count} times) with the mean"
    if train is not None and known.size == values.size and (known.min(), known.max()) == (0.0, 1.0):
        inside = values[train]
        if (inside.min(), inside.max()) != (0.0, 1.0) and np.unique(known).size > 10:
            return "is scaled to 0..1 by the minimum and maximum"
    return None


def _is_rank(known: Floats) -> bool:
    """Return whether the values are their own ranks, as shares of the rows."""
    if known.min() < 0 or known.max() > 1 or np.unique(known[:200]).size < 10:
        return False
    n = len(known)
    half = half_widths(known[:1], stored_decimals(known[:2_000]))[0]
    for method in ("average", "max", "min"):
        ranks = rankdata(known, method=method)
        for share in (ranks / n, (ranks - 0.5) / n, (ranks - 1) / (n - 1), ranks / (n + 1)):
            if np.abs(share - known).max() <= half + 1e-9:
                return True
    return False


def _most_common(known: Floats) -> tuple[float, int]:
    levels, counts = np.unique(known, return_counts=True)
    return float(levels[counts.argmax()]), int(counts.max())


def _threshold(
    name: str, flag: Floats, numbers: dict[str, Floats], train: NDArray[np.int64] | None
) -> str | None:
    """Return in words the column and quantile of a flag; None where training rows give the same flag."""
    levels = np.unique(flag[np.isfinite(flag)])
    if levels.size != 2 or np.isnan(flag).any():
        return None
    up = flag == levels[1]
    for other, values in numbers.items():
        known = np.isfinite(values)
        if other == name or np.unique(values[known][:200]).size < 10:
            continue
        low, high = values[known & ~up], values[known & up]
        if not len(low) or not len(high) or (low.max() > high.min() and high.max() > low.min()):
            continue
        if _is_plain(low, high, np.unique(values[known]).size):
            continue
        whole = _quantiles_that_give(values, known, up, known)
        inside = np.zeros(len(values), dtype=bool)
        if train is not None:
            inside[train] = True
        # Where the training rows' quantile gives the same flag, it makes no difference which was used.
        fitted_inside = [] if train is None else _quantiles_that_give(values, known & inside, up, known)
        if whole and (not fitted_inside or whole[0] < fitted_inside[0]):
            return f"cuts {other} at the {QUANTILES[whole[0]]:.3g} quantile"
    return None


def _is_plain(one: Floats, other: Floats, n_values: int) -> bool:
    """Return whether the limit between two sides of a column is one that a person would type."""
    below, above = (one, other) if one.max() <= other.min() else (other, one)
    start, end = float(below.max()), float(above.min())
    if n_values < FEW_VALUES or start <= 0.0 <= end:
        return True
    gap = max(end - start, 1e-12 * abs(end))
    # The roundest number between the sides: a multiple of the largest step, from 1, 5, 10, 50 …
    largest = int(np.ceil(np.log10(max(abs(start), abs(end)))))
    for power in range(largest, largest - 16, -1):
        for step in (5.0 * 10.0**power, 10.0**power):
            if step < ROUND * gap:
                return False
            if np.floor(end / step + 1e-9) * step > start:
                return True
    return False


def _quantiles_that_give(
    values: Floats, fitted_on: NDArray[np.bool_], up: NDArray[np.bool_], known: NDArray[np.bool_]
) -> list[int]:
    """Return which of QUANTILES, of the rows `fitted_on`, divide the known rows as the flag does."""
    found = []
    for place, level in enumerate(np.quantile(values[fitted_on], QUANTILES) if fitted_on.any() else ()):
        above, least = (values > level)[known], (values >= level)[known]
        if any(np.array_equal(side, up[known]) for side in (above, least, ~above, ~least)):
            found.append(place)
    return found
