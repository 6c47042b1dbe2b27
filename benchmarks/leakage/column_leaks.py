"""Leaks in one column. A leak is detected where the planted column is reported by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from benchmarks.leakage.planting import (
    PLANTED,
    STRENGTHS,
    Floats,
    Inject,
    Planted,
    SplitData,
    event,
    noisy_target,
    normal_scores,
    random_test,
    with_column,
)

if TYPE_CHECKING:
    from benchmarks.leakage.datasets import DataSet

SIGMA, SWAP = (0.0, 0.25, 0.45), (0.0, 0.05, 0.12)
"""Noise on a number's normal scores (R² of 1, 0.94 and 0.83), and the share of positives exchanged."""


def _planted(kind: str, data: DataSet, at: int, rng: np.random.Generator, column: str = PLANTED) -> Planted:
    return Planted(kind, STRENGTHS[at], SplitData(data, random_test(len(data.y), rng)), (column,))


def target_copy(data: DataSet, at: int, rng: np.random.Generator) -> Planted:
    """Copy the target; a number has noise of 5 % even at full strength."""
    values = noisy_target(data, max(0.05, SIGMA[at]), SWAP[at], rng)
    return _planted("target_copy", with_column(data, values), at, rng)


def monotone(data: DataSet, at: int, rng: np.random.Generator) -> Planted:
    """Take the logarithm of the target; of a label, its class as a word."""
    values = noisy_target(data, SIGMA[at], SWAP[at], rng)
    if data.task == "clv":
        return _planted("monotone", with_column(data, np.log1p(values - values.min())), at, rng)
    words = pd.Series(np.where(values == 1, "left", "stayed"), index=data.X.index).astype("category")
    return _planted("monotone", with_column(data, words), at, rng)


def non_monotone(data: DataSet, at: int, rng: np.random.Generator) -> Planted:
    """Cut the target in 16 bins and shuffle the bins; of a label, give each class three of six codes."""
    values = noisy_target(data, SIGMA[at] * 2 / 3, SWAP[at], rng)
    if data.task == "clv":
        place = (rankdata(values, method="average") - 0.5) / len(values) * 16
        codes = rng.permutation(16)[place.astype(int)] + place % 1
    else:
        codes = rng.permutation(6).reshape(2, 3)[values.astype(int), rng.integers(0, 3, len(values))]
    return _planted("non_monotone", with_column(data, codes.astype(float)), at, rng)


def _partner(data: DataSet, rng: np.random.Generator) -> Floats | None:
    """Return a real column of positive numbers, which stays in the table; None where there is none."""
    names = [n for n in data.numeric if data.X[n].min() > 0 and not data.X[n].isna().any()]
    return data.X[names[rng.integers(len(names))]].to_numpy(dtype=float) if names else None


def _rounded(values: Floats, at: int, rng: np.random.Generator) -> Floats:
    """Keep 6, 3 and 3 significant digits; at the weak strength a fifth of the rows exchange values."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.floor(np.log10(np.abs(values)))
    step = 10.0 ** (np.where(np.isfinite(size), size, 0) - ((5, 2, 2)[at]))
    out = np.rint(values / step) * step
    if at == 2:
        rows = rng.choice(len(out), len(out) // 5, replace=False)
        out[rows] = out[rng.permutation(rows)]
    return np.asarray(out)


def product(data: DataSet, at: int, rng: np.random.Generator) -> Planted | None:
    """Multiply the target with a real feature."""
    partner = _partner(data, rng)
    if partner is None:
        return None
    y = noisy_target(data, 0.0, SWAP[at] / 2, rng)
    return _planted("product", with_column(data, _rounded(y * partner, at, rng)), at, rng)


def ratio(data: DataSet, at: int, rng: np.random.Generator) -> Planted | None:
    """Divide the target by a real feature."""
    partner = _partner(data, rng)
    if partner is None:
        return None
    y = noisy_target(data, 0.0, SWAP[at] / 2, rng)
    return _planted("ratio", with_column(data, _rounded(y / partner, at, rng)), at, rng)


def rank(data: DataSet, at: int, rng: np.random.Generator) -> Planted:
    """Take the target's percentile rank; of a label, the rank of a score made from it."""
    if data.task == "clv":
        values = noisy_target(data, SIGMA[at], 0.0, rng)
    else:
        values = data.y + (0.05, 0.25, 0.4)[at] * rng.normal(size=len(data.y))
    return _planted("rank", with_column(data, rankdata(values) / len(values)), at, rng)


def bins(data: DataSet, at: int, rng: np.random.Generator) -> Planted:
    """Cut the target into ten, five and three bands; of a label, a score made from it."""
    values = data.y if data.task == "clv" else data.y + (0.1, 0.25, 0.4)[at] * rng.normal(size=len(data.y))
    count = (10, 5, 3)[at]
    codes = np.minimum((rankdata(values) - 0.5) / len(values) * count, count - 1).astype(int)
    return _planted("bin", with_column(data, codes.astype(float)), at, rng)


def target_mean(data: DataSet, at: int, rng: np.random.Generator) -> Planted | None:
    """Encode groups of 2, 3 and 5 neighbours in a real column by their mean target, own row included."""
    if not data.numeric:
        return None
    name = data.numeric[rng.integers(len(data.numeric))]
    key = data.X[name].fillna(data.X[name].median()).to_numpy(dtype=float)
    group = np.argsort(np.lexsort((rng.random(len(key)), key))) // (2, 3, 5)[at]
    means = pd.Series(data.y).groupby(group).transform("mean").to_numpy()
    return _planted("target_mean", with_column(data, means), at, rng)


def future_window(data: DataSet, at: int, rng: np.random.Generator) -> Planted:
    """Add what happens in the target's window to a history; of a label, days since the last purchase."""
    n = len(data.y)
    if data.task == "clv":
        share = rng.uniform((1.0, 0.7, 0.4)[at], 1.0, n)
        values = 0.3 * rng.permutation(data.y) + share * data.y
    else:
        gone = noisy_target(data, 0.0, SWAP[at], rng) == 1
        values = np.where(gone, rng.integers(180, 365, n), rng.integers(0, 180, n)).astype(float)
    return _planted("future_window", with_column(data, values), at, rng)


def post_event_flag(data: DataSet, at: int, rng: np.random.Generator) -> Planted:
    """Flag the event afterwards: on 100, 80 and 60 % of the rows with it, and on no other row."""
    flag = event(data) & (rng.random(len(data.y)) < (1.0, 0.8, 0.6)[at])
    return _planted("post_event_flag", with_column(data, flag.astype(float)), at, rng)


def label_parents(data: DataSet, at: int, rng: np.random.Generator) -> Planted | None:
    """Make a label from a score's top quarter; its main parent, of 100, 90 and 75 % weight, is the leak."""
    weight = (1.0, 0.9, 0.75)[at]
    if data.task == "clv":
        data = with_column(data, data.y)
        names = [PLANTED, *data.numeric[:1]]
    else:
        names = [str(n) for n in rng.permutation(np.array(data.numeric, dtype=object))[:2]]
    if len(names) < 2:
        return None
    first, second = (data.X[name].fillna(data.X[name].median()).to_numpy(dtype=float) for name in names)
    score = weight * normal_scores(first, rng) + (1 - weight) * normal_scores(second, rng)
    score = first if weight == 1 else score
    label = (score > np.quantile(score, 0.75)).astype(float)
    if not 0.05 <= label.mean() <= 0.5:
        return None
    return _planted("label_parents", replace(data, y=label, task="churn"), at, rng, names[0])


def missingness(data: DataSet, at: int, rng: np.random.Generator) -> Planted:
    """Remove values because of the event: on 100, 85, 70 % of the rows with it, 0, 1, 2 % of the others."""
    lost = rng.random(len(data.y)) < np.where(event(data), (1.0, 0.85, 0.7)[at], (0.0, 0.01, 0.02)[at])
    source = data.X[data.numeric[0]].to_numpy(dtype=float) if data.numeric else rng.normal(size=len(data.y))
    values = np.where(lost, np.nan, rng.permutation(np.nan_to_num(source)))
    return _planted("missingness", with_column(data, values), at, rng)


KINDS: dict[str, Inject] = {
    "target_copy": target_copy,
    "monotone": monotone,
    "non_monotone": non_monotone,
    "product": product,
    "ratio": ratio,
    "rank": rank,
    "bin": bins,
    "target_mean": target_mean,
    "future_window": future_window,
    "post_event_flag": post_event_flag,
    "label_parents": label_parents,
    "missingness": missingness,
}
