"""Target means outside the fold: a column that equals the mean target of a group of rows, own row included.

Such a column is exactly calibrated: among the rows with one of its values, the mean of the target is that
value, to the last digit. No measured column is. Where the category is at hand too, means without the own row
and means drawn towards the prior are recomputed from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import binom

from cip_exp.audit.case import Case, Finding, Kind, NotApplicable
from cip_exp.audit.column_view import half_widths, stored_decimals, to_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SURPRISE = -6.0
"""log10 of the chance that so many group means fall into the column's rounding intervals."""
NEARLY_ALL, MOST = 0.98, 0.7
"""Shares of rows on which a recomputed value agrees; in calibrated groups, as holes are filled otherwise."""
MOST_CATEGORIES = 30


class _Groups(NamedTuple):
    """The target by group of rows; arrays of shape (groups,) but for `at`, shape (n,)."""

    at: NDArray[np.int64]
    rows: Floats
    total: Floats

    @property
    def mean(self) -> Floats:
        """The groups' means."""
        return self.total / self.rows


def fitted_encoding(case: Case) -> list[Finding] | NotApplicable:
    """Accuse columns that encode groups of rows by their mean target over the whole table."""
    if case.y is None:
        return NotApplicable("there is no target")
    y = np.asarray(case.y, dtype=float)
    columns = list(_numbers(case.X, y))
    if not columns:
        return NotApplicable("no numeric column lies within the target's range")
    categories = _categories(case)
    found = []
    for name, values in columns:
        how = "its own values" if _calibrated(values, y) else _recomputed(values, y, categories)
        if how is not None:
            text = f"{name} is the mean {case.target} of the rows that share {how}, fitted on the whole table"
            kind: Kind = "suspect" if case.cleared(name) else "leak"
            found.append(Finding("fitted_encoding", kind, (name,), text, {"rows": float(len(y))}))
    return found


def _numbers(X: pd.DataFrame, y: Floats) -> Iterator[tuple[str, Floats]]:
    """Yield numeric columns that have the range and about the mean of a target mean."""
    for at in range(X.shape[1]):
        values, kind = to_number(X.iloc[:, at])
        if kind != "number" or np.isnan(values).any():
            continue
        near = abs(values.mean() - y.mean()) <= 0.2 * y.std()
        if near and values.min() >= y.min() - 1e-9 and values.max() <= y.max() + 1e-9:
            yield str(X.columns[at]), values


def _group(keys: NDArray[np.int64], y: Floats) -> _Groups:
    return _Groups(keys, np.bincount(keys).astype(float), np.bincount(keys, y).astype(float))


def _calibrated(values: Floats, y: Floats) -> bool:
    """Tell whether the mean target of the rows with each value is that value."""
    decimals = stored_decimals(values[:2_000])
    levels, keys = np.unique(values, return_inverse=True)
    groups = _group(keys, y)
    half = half_widths(levels, decimals) + 1e-9 * np.abs(levels)
    hits = np.abs(groups.mean - levels) <= half
    several = groups.rows > 1
    if several.sum() < 2 or (groups.rows * hits).sum() < MOST * len(y) or np.array_equal(values, y):
        return False
    chance = _chance(groups, half, y)[several & hits]
    return bool(np.log10(np.clip(chance, 1e-9, 1.0)).sum() <= SURPRISE)


def _chance(groups: _Groups, half: Floats, y: Floats) -> Floats:
    """Return the chance that the mean of so many rows falls so near to where it did, shape (groups,)."""
    chance = 2.0 * half / (y.std() / np.sqrt(groups.rows))
    if np.unique(y).size <= 2:
        # A share of rows can only fall on so many places, however few digits it is stored with.
        ones = (groups.total - groups.rows * y.min()) / np.ptp(y)
        chance = np.minimum(chance, binom.pmf(np.rint(ones), groups.rows, (y == y.max()).mean()))
    return np.asarray(chance)


def _categories(case: Case) -> list[tuple[str, NDArray[np.int64]]]:
    """Collect columns, features or not, that may be the category behind an encoding."""
    frames = [case.X] if case.raw is None else [case.X, case.raw]
    found: dict[str, NDArray[np.int64]] = {}
    for frame in frames:
        for at, name in enumerate(map(str, frame.columns)):
            if name in found or name == case.target:
                continue
            _, keys = np.unique(to_number(frame.iloc[:, at])[0], return_inverse=True)
            if 2 < keys.max() + 1 <= len(keys) / 1.5:
                found[name] = keys
    return list(found.items())[:MOST_CATEGORIES]


def _recomputed(values: Floats, y: Floats, categories: list[tuple[str, NDArray[np.int64]]]) -> str | None:
    """Name the category whose means without the own row, or drawn to the prior, the column holds."""
    half = half_widths(values, stored_decimals(values[:2_000])) + 1e-9 * np.abs(values)
    for name, keys in categories:
        groups = _group(keys, y)
        n, total = groups.rows[keys], groups.total[keys]
        several = n > 1
        without = (total - y) / np.maximum(n - 1, 1)
        if several.mean() > 0.5 and _agree(values[several], without[several], half[several], y):
            return f"{name}, their own row left out"
        drawn = _drawn(values, groups, y.mean())
        if drawn is not None and _agree(values, drawn[keys], half, y):
            return f"{name}, drawn towards the prior"
    return None


def _agree(values: Floats, computed: Floats, half: Floats, y: Floats) -> bool:
    narrow = np.median(half) < 0.01 * y.std()
    return bool(narrow and (np.abs(values - computed) <= half).mean() >= NEARLY_ALL)


def _drawn(values: Floats, groups: _Groups, prior: float) -> Floats | None:
    """Return (n·mean + m·prior) / (n + m) with the m that fits, where the column is one value a group."""
    low = np.full(len(groups.rows), np.inf)
    high = np.full(len(groups.rows), -np.inf)
    np.minimum.at(low, groups.at, values)
    np.maximum.at(high, groups.at, values)
    gap = prior - low
    if (high - low > 1e-9 * np.maximum(1.0, np.abs(high))).any() or not (np.abs(gap) > 1e-9).any():
        return None
    weights = groups.rows * (low - groups.mean) / np.where(np.abs(gap) > 1e-9, gap, np.nan)
    weight = float(np.nanmedian(weights))
    return (groups.total + weight * prior) / (groups.rows + weight) if weight > 0 else None
