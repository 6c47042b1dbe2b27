"""Target encoding over the whole table: a column that equals the mean target of a group of rows.

Such a column is exactly calibrated: among the rows with one of its values, the mean of the target is that
value, to the last digit. No measured column is. Where the table also holds the category, two variants are
recomputed from it: means without the row's own target, and means shrunk towards the overall mean.
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

MAX_LOG10_CHANCE = -6.0
"""log10 of the chance that all these group means fall into the column's rounding intervals."""
MIN_RECOMPUTED, MIN_CALIBRATED = 0.98, 0.7
"""The minimum share of rows that agree with a recomputed value; that lie in calibrated groups (fewer, since
missing values may be filled in another way)."""
MAX_CATEGORIES = 30


class _Groups(NamedTuple):
    """The target by group of rows; `rows` and `total` have shape (groups,)."""

    at: NDArray[np.int64]
    """Shape (n,): the group of each row."""
    rows: Floats
    total: Floats

    @property
    def mean(self) -> Floats:
        """Shape (groups,): the mean target."""
        return self.total / self.rows


def fitted_encoding(case: Case) -> list[Finding] | NotApplicable:
    """Report columns that hold the mean target of a group of rows over the whole table as a `leak`.

    Groups that share the column's value: the mean target equals the value within rounding on 70 % of the
    rows, where the chance of that is at most 1e-6. Groups of another column: a recomputed mean agrees on 98 %
    of the rows. A column that is declared clean is `suspect`. Not applicable without a target, or without a
    numeric column that lies within the target's range and near its mean.
    """
    if case.y is None:
        return NotApplicable("there is no target")
    y = np.asarray(case.y, dtype=float)
    columns = list(_numbers(case.X, y))
    if not columns:
        return NotApplicable("no numeric column lies within the target's range")
    categories = _categories(case)
    found: list[Finding] = []
    for name, values in columns:
        if any(name in each.columns for each in found):
            continue
        how = "its value" if _calibrated(values, y) else _recomputed(values, y, categories)
        if how is not None:
            text = f"{name} is the mean {case.target} of the rows that share {how}, fitted on the whole table"
            kind: Kind = "suspect" if case.declared_clean(name) else "leak"
            found.append(Finding("fitted_encoding", kind, (name,), text, {"rows": float(len(y))}))
    return found


def _numbers(X: pd.DataFrame, y: Floats) -> Iterator[tuple[str, Floats]]:
    """Yield numeric columns without missing values, within the target's range and near its mean.

    Of a label also as percent, and as the share of the other class.
    """
    label = np.unique(y).size <= 2
    for at in range(X.shape[1]):
        values, kind = to_number(X.iloc[:, at])
        if kind != "number" or np.isnan(values).any():
            continue
        forms = (values, values / 100.0) if label else (values,)
        for form in (*forms, *(y.max() + y.min() - each for each in forms if label)):
            near = abs(form.mean() - y.mean()) <= 0.2 * y.std()
            if near and form.min() >= y.min() - 1e-9 and form.max() <= y.max() + 1e-9:
                yield str(X.columns[at]), form


def _group(keys: NDArray[np.int64], y: Floats) -> _Groups:
    return _Groups(keys, np.bincount(keys).astype(float), np.bincount(keys, y).astype(float))


def _calibrated(values: Floats, y: Floats) -> bool:
    """Return whether the mean target of the rows with each value is that value."""
    decimals = stored_decimals(values[:2_000])
    levels, keys = np.unique(values, return_inverse=True)
    groups = _group(keys, y)
    half = half_widths(levels, decimals) + 1e-9 * np.abs(levels)
    hits = np.abs(groups.mean - levels) <= half
    several = groups.rows > 1
    if several.sum() < 2 or (groups.rows * hits).sum() < MIN_CALIBRATED * len(y) or np.array_equal(values, y):
        return False
    chance = _chance(groups, half, y)[several & hits]
    return bool(np.log10(np.clip(chance, 1e-9, 1.0)).sum() <= MAX_LOG10_CHANCE)


def _chance(groups: _Groups, half: Floats, y: Floats) -> Floats:
    """Return the chance that each group's mean falls within `half` of the column's value, shape (groups,)."""
    chance = 2.0 * half / (y.std() / np.sqrt(groups.rows))
    if np.unique(y).size <= 2:
        # A share of rows in a small group has few possible values, whatever the digits it is stored with.
        ones = (groups.total - groups.rows * y.min()) / np.ptp(y)
        chance = np.minimum(chance, binom.pmf(np.rint(ones), groups.rows, (y == y.max()).mean()))
    return np.asarray(chance)


def _categories(case: Case) -> list[tuple[str, NDArray[np.int64]]]:
    """Collect columns, features or not, that may be the category of an encoding, as codes."""
    frames = [case.X] if case.raw is None else [case.X, case.raw]
    found: dict[str, NDArray[np.int64]] = {}
    for frame in frames:
        for at, name in enumerate(map(str, frame.columns)):
            if name in found or name == case.target:
                continue
            _, keys = np.unique(to_number(frame.iloc[:, at])[0], return_inverse=True)
            if 2 < keys.max() + 1 <= len(keys) / 1.5:
                found[name] = keys
    return list(found.items())[:MAX_CATEGORIES]


def _recomputed(values: Floats, y: Floats, categories: list[tuple[str, NDArray[np.int64]]]) -> str | None:
    """Return the category whose means (own row left out, or shrunk) the column holds, in words."""
    half = half_widths(values, stored_decimals(values[:2_000])) + 1e-9 * np.abs(values)
    for name, keys in categories:
        groups = _group(keys, y)
        n, total = groups.rows[keys], groups.total[keys]
        several = n > 1
        without = (total - y) / np.maximum(n - 1, 1)
        if several.mean() > 0.5 and _agree(values[several], without[several], half[several], y):
            return f"{name} (each row's own target left out)"
        shrunk = _shrunk(values, groups, y.mean())
        if shrunk is not None and _agree(values, shrunk[keys], half, y):
            return f"{name} (shrunk towards the overall mean)"
    return None


def _agree(values: Floats, computed: Floats, half: Floats, y: Floats) -> bool:
    narrow = np.median(half) < 0.01 * y.std()
    return bool(narrow and (np.abs(values - computed) <= half).mean() >= MIN_RECOMPUTED)


def _shrunk(values: Floats, groups: _Groups, prior: float) -> Floats | None:
    """Return (n·mean + m·prior) / (n + m) with the m that fits; None where a group has several values."""
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
