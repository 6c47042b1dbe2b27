"""Statistics of the whole table inside a column: scales, ranks, thresholds, fillings from before the split.

What is fitted on the training rows alone cannot have the whole table's mean, ranks or quantiles to the last
digit; what is fitted on all rows has. The gain is mostly small, so this raises suspicion, not accusation.
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
"""The usual ones first: where two explain a flag equally well, the more usual one does."""
MIN_ROWS = 30
MIN_FILLED = 5


def fitted(case: Case) -> list[Finding] | NotApplicable:
    """Suspect columns that carry a statistic of rows from both sides of the split."""
    n = len(case.X)
    if n < MIN_ROWS or not case.X.shape[1]:
        return NotApplicable(f"fewer than {MIN_ROWS} rows, or no column")
    train = None if case.split is None else case.split.final.train
    numbers = {str(name): to_number(case.X.iloc[:, at])[0] for at, name in enumerate(case.X.columns)}
    said = dict.fromkeys(case.fitted_on_table, "is declared to be fitted")
    for name, values in numbers.items():
        inside = name in case.lineage and case.lineage[name].fitted
        # A column that is fitted in each fold is shown to the audit as of the whole table.
        if name not in said and not inside:
            how = _statistic(values, train) or _threshold(name, values, numbers, train)
            if how is not None:
                said[name] = how
    return [
        Finding("fitted", "suspect", (name,), f"{name} {how} on all {n} rows before the split")
        for name, how in said.items()
    ]


def _statistic(values: Floats, train: NDArray[np.int64] | None) -> str | None:
    """Say which statistic of the whole column its values carry."""
    known = values[np.isfinite(values)]
    if len(known) < MIN_ROWS or np.unique(known[:200]).size < 3:
        return None
    mean, spread = float(known.mean()), float(known.std())
    close = max(1e-6, float(half_widths(known[:1], stored_decimals(known[:2_000]))[0]) / 10)
    units = (1.0, float(np.sqrt((len(known) - 1) / len(known))), 1.0 / np.sqrt(len(known)))
    if abs(mean) <= close * spread and any(abs(spread / unit - 1.0) <= close for unit in units):
        return "is standardised with mean and spread as fitted"
    if _is_rank(known):
        return "is a rank as fitted"
    level, count = _commonest(known)
    if count >= MIN_FILLED and level != np.rint(level) and abs(level - mean) <= 1e-9 * max(abs(mean), spread):
        return f"is filled with the mean ({count} times) as fitted"
    if train is not None and known.size == values.size and (known.min(), known.max()) == (0.0, 1.0):
        inside = values[train]
        if (inside.min(), inside.max()) != (0.0, 1.0) and np.unique(known).size > 10:
            return "is scaled to 0..1 with the extremes as fitted"
    return None


def _is_rank(known: Floats) -> bool:
    """Tell whether the values are their own ranks, as shares of the rows."""
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


def _commonest(known: Floats) -> tuple[float, int]:
    levels, counts = np.unique(known, return_counts=True)
    return float(levels[counts.argmax()]), int(counts.max())


def _threshold(
    name: str, flag: Floats, numbers: dict[str, Floats], train: NDArray[np.int64] | None
) -> str | None:
    """Say of which column a flag is "above a quantile", where the training rows' quantile differs."""
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
        whole = _cuts(values, known, up, known)
        inside = np.zeros(len(values), dtype=bool)
        if train is not None:
            inside[train] = True
        # A flag that the training rows' quantile gives as well was fitted on either, with the same result.
        fitted_inside = [] if train is None else _cuts(values, known & inside, up, known)
        if whole and (not fitted_inside or whole[0] < fitted_inside[0]):
            return f"cuts {other} at its {QUANTILES[whole[0]]:.3g} quantile as fitted"
    return None


def _cuts(
    values: Floats, fitted_on: NDArray[np.bool_], up: NDArray[np.bool_], known: NDArray[np.bool_]
) -> list[int]:
    """Return which of QUANTILES of the rows fitted on part the known rows as the flag does."""
    found = []
    for place, level in enumerate(np.quantile(values[fitted_on], QUANTILES) if fitted_on.any() else ()):
        above, least = (values > level)[known], (values >= level)[known]
        if any(np.array_equal(side, up[known]) for side in (above, least, ~above, ~least)):
            found.append(place)
    return found
