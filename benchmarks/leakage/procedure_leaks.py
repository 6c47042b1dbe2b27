"""Leaks in the procedure. A leak is detected where a finding on that procedure is reported.

Each kind also has a control: the same step without the leak, where the same finding is a false alarm.
Strength is the share of columns (scaler, encoder, threshold) or of rows (twins, groups, time) concerned.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.leakage.planting import (
    STRENGTHS,
    TEST_SHARE,
    Floats,
    Inject,
    Planted,
    SplitData,
    normal_scores,
    random_test,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.leakage.datasets import DataSet

CONTROL = 3
"""The fourth `strength`: the step without the leak."""
WORDS = (*STRENGTHS, "control")


def _choose(names: list[str], at: int, rng: np.random.Generator) -> list[str]:
    """Choose all, half, or one of the columns; all for a control."""
    count = len(names) if at in (0, CONTROL) else max(1, len(names) // 2) if at == 1 else 1
    return [str(name) for name in rng.permutation(np.array(names, dtype=object))[:count]]


def _fitted_on(test: NDArray[np.bool_], at: int) -> NDArray[np.bool_]:
    return ~test if at == CONTROL else np.ones(len(test), dtype=bool)


def scaler(data: DataSet, at: int, rng: np.random.Generator) -> Planted | None:
    """Standardise numbers with the mean and standard deviation of the whole table."""
    if not data.numeric:
        return None
    test, X = random_test(len(data.y), rng), data.X.copy()
    fit = _fitted_on(test, at)
    chosen = _choose(list(data.numeric), at, rng)
    for name in chosen:
        values = X[name].astype(float)
        X[name] = (values - values[fit].mean()) / values[fit].std(ddof=0)
    return Planted("scaler", WORDS[at], SplitData(replace(data, X=X), test), tuple(chosen))


def encoder(data: DataSet, at: int, rng: np.random.Generator) -> Planted | None:
    """Replace categories (or numbers of few values) by their mean target in the whole table."""
    names = [str(n) for n in data.X if data.X[n].dtype == "category" and data.X[n].nunique() > 2]
    names = names or [str(n) for n in data.X.select_dtypes("number") if 3 <= data.X[n].nunique() <= 30]
    if not names:
        return None
    test, X = random_test(len(data.y), rng), data.X.copy()
    fit = _fitted_on(test, at)
    y = pd.Series(data.y, index=X.index)
    chosen = _choose(names, at, rng)
    for name in chosen:
        means = y[fit].groupby(X[name][fit], observed=True).mean()
        X[name] = X[name].astype(object).map(means).astype(float).fillna(y[fit].mean())
    return Planted("encoder", WORDS[at], SplitData(replace(data, X=X), test), tuple(chosen))


def threshold(data: DataSet, at: int, rng: np.random.Generator) -> Planted | None:
    """Add flags "above the 75 % quantile" of the whole table for up to five columns, which stay."""
    test, X = random_test(len(data.y), rng), data.X.copy()
    names = [n for n in data.numeric if _flags_differ(X[n], test)][:5]
    if not names:
        return None
    fit = _fitted_on(test, at)
    chosen = _choose(names, at, rng)
    for name in chosen:
        X[f"high_{name}"] = (X[name] > X[name][fit].quantile(0.75)).astype(float)
    return Planted(
        "threshold", WORDS[at], SplitData(replace(data, X=X), test), tuple(f"high_{n}" for n in chosen)
    )


def _flags_differ(values: pd.Series, test: NDArray[np.bool_]) -> bool:
    """Return whether the quantiles of the whole table and of the training rows flag different rows."""
    whole, train = values.quantile(0.75), values[~test].quantile(0.75)
    return bool(((values > whole) != (values > train)).any())


def twins(data: DataSet, at: int, rng: np.random.Generator) -> Planted:
    """Add copies of 30, 15 and 7 % of the rows; the control keeps all copies of a row on one side."""
    n = len(data.y)
    extra = rng.choice(n, round(n * (0.3, 0.15, 0.07, 0.3)[at]), replace=False)
    rows = np.concatenate([np.arange(n), extra])
    test = random_test(len(rows), rng)
    if at == CONTROL:
        whole = pd.factorize(pd.util.hash_pandas_object(data.X.assign(**{"": data.y}), index=False))[0]
        sides = rng.random(whole.max() + 1) < TEST_SHARE
        test = sides[whole][rows]
    X = data.X.iloc[rows].reset_index(drop=True)
    return Planted("twins", WORDS[at], SplitData(replace(data, X=X, y=data.y[rows]), test))


def groups(data: DataSet, at: int, rng: np.random.Generator) -> Planted:
    """Group the rows in entities of about four, which share a level of the target and one new feature."""
    n = len(data.y)
    order = np.argsort(np.argsort(normal_scores(data.y, rng) + 0.7 * rng.normal(size=n)))
    entity = rng.permutation(n // 4 + 1)[order // 4]
    sides = rng.random(entity.max() + 1) < TEST_SHARE
    test = sides[entity]
    mixed = rng.random(entity.max() + 1) < (1.0, 0.5, 0.2, 0.0)[at]
    test = np.where(mixed[entity], rng.random(n) < TEST_SHARE, test)
    X = data.X.assign(trait=rng.normal(size=entity.max() + 1).round(3)[entity])
    return Planted("groups", WORDS[at], SplitData(replace(data, X=X), test, groups=entity.astype(np.int64)))


def time(data: DataSet, at: int, rng: np.random.Generator) -> Planted:
    """Date the rows, with the target in waves; 100, 50, 20 % of the test rows are among the training rows."""
    n = len(data.y)
    level = normal_scores(data.y, rng) + 0.7 * rng.normal(size=n)
    days = _waves(level, rng)
    cut = np.quantile(days, 1 - TEST_SHARE)
    test = days > cut
    swap = round(test.sum() * (1.0, 0.5, 0.2, 0.0)[at])
    if at == 0:
        test = random_test(n, rng)
    elif swap:
        early = rng.choice(np.flatnonzero(~test), swap, replace=False)
        late = rng.choice(np.flatnonzero(test), swap, replace=False)
        test[early], test[late] = True, False
    return Planted("time", WORDS[at], SplitData(data, test, time=days))


def _waves(level: Floats, rng: np.random.Generator) -> Floats:
    """Return days in 0..730 on which the level follows a wave of half a year, shape (n,)."""
    rank = (np.argsort(np.argsort(level)) + 0.5) / len(level)
    half = np.arccos(1 - 2 * rank) / np.pi * 91
    falling = rng.random(len(level)) < 0.5
    return np.floor(rng.integers(0, 4, len(level)) * 182 + np.where(falling, 182 - half, half))


KINDS: dict[str, Inject] = {
    "scaler": scaler,
    "encoder": encoder,
    "threshold": threshold,
    "twins": twins,
    "groups": groups,
    "time": time,
}
