"""Ways in which rows of a table come to be copies of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SHARE = 0.3
"""Copies that are added, as a share of the table's rows."""


class Rows(NamedTuple):
    """Features and target."""

    X: pd.DataFrame
    y: NDArray[np.float64]


def plant(rows: Rows, kind: str, rng: np.random.Generator) -> Rows:
    """Return the table with copies added, all rows in random order."""
    n = len(rows.y)
    chosen = rng.choice(n, int(round(SHARE * n)), replace=False)
    if kind.startswith("several"):
        chosen = rng.choice(chosen[: len(chosen) // 3], len(chosen))
    numbers = rows.X.select_dtypes("number").columns
    X = rows.X.astype(dict.fromkeys(numbers, "float64"))
    copies = KINDS[kind](Rows(X.iloc[chosen].copy(), rows.y[chosen].copy()), Rows(X, rows.y), chosen, rng)
    joined = pd.concat([X, copies.X.astype(X.dtypes.to_dict())], ignore_index=True)
    if kind in ("and a unique measure", "noise 1e-4, and a unique measure"):
        joined = joined.assign(order_measure=rng.gamma(2, 10, len(joined)))
    order = rng.permutation(len(joined))
    return Rows(joined.iloc[order].reset_index(drop=True), np.concatenate([rows.y, copies.y])[order])


def _equal(copies: Rows, *_: object) -> Rows:
    return copies


def _edited(copies: Rows, table: Rows, chosen: NDArray[np.int64], rng: np.random.Generator) -> Rows:
    """Replace one random field of each copy by another row's."""
    at, other = rng.integers(table.X.shape[1], size=len(chosen)), rng.integers(len(table.y), size=len(chosen))
    for column in np.unique(at):
        rows = np.flatnonzero(at == column)
        copies.X.iloc[rows, column] = table.X.iloc[other[rows], column].to_numpy()
    return copies


def _label(copies: Rows, table: Rows, chosen: NDArray[np.int64], rng: np.random.Generator) -> Rows:
    other = table.y[rng.integers(len(table.y), size=len(chosen))]
    return copies._replace(y=1.0 - copies.y if np.unique(table.y).size == 2 else other)


def _noise(size: float) -> Callable[..., Rows]:
    def make(copies: Rows, table: Rows, chosen: NDArray[np.int64], rng: np.random.Generator) -> Rows:
        for name in _measured(table):
            copies.X[name] += rng.normal(size=len(chosen)) * size * table.X[name].std()
        return copies

    return make


def _edited_with_noise(
    copies: Rows, table: Rows, chosen: NDArray[np.int64], rng: np.random.Generator
) -> Rows:
    return _edited(_noise(1e-3)(copies, table, chosen, rng), table, chosen, rng)


def _rounded(copies: Rows, table: Rows, *_: object) -> Rows:
    """Round to two significant digits."""
    for name in table.X.select_dtypes("number"):
        values = copies.X[name].to_numpy()
        size = np.abs(np.where(np.nan_to_num(values) == 0, 1.0, values))
        step = 10.0 ** (np.floor(np.log10(size)) - 1)
        copies.X[name] = np.rint(values / step) * step
    return copies


def _synthetic(copies: Rows, table: Rows, chosen: NDArray[np.int64], rng: np.random.Generator) -> Rows:
    """Move each copy towards one of its five nearest rows of the same class (SMOTE)."""
    from sklearn.neighbors import NearestNeighbors

    names = list(table.X.select_dtypes("number"))
    scaled = ((table.X[names] - table.X[names].mean()) / table.X[names].std()).fillna(0).to_numpy()
    classes = table.y if np.unique(table.y).size == 2 else np.zeros(len(table.y))
    other = chosen.copy()
    for each in np.unique(classes):
        members, own = np.flatnonzero(classes == each), np.flatnonzero(classes[chosen] == each)
        if len(members) > 6 and len(own):
            near = NearestNeighbors(n_neighbors=6).fit(scaled[members]).kneighbors(scaled[chosen[own]])[1]
            other[own] = members[near[np.arange(len(own)), rng.integers(1, 6, len(own))]]
    way = rng.random(len(chosen))
    for name in names:
        values = table.X[name].to_numpy()
        copies.X[name] = values[chosen] + way * (values[other] - values[chosen])
    if np.unique(table.y).size > 2:
        return copies._replace(y=table.y[chosen] + way * (table.y[other] - table.y[chosen]))
    return copies


def _measured(table: Rows) -> list[str]:
    return [str(name) for name in table.X.select_dtypes("number") if table.X[name].nunique() > 2]


KINDS: dict[str, Callable[..., Rows]] = {
    "equal": _equal,
    "several times": _equal,
    "and a unique measure": _equal,
    "one field edited": _edited,
    "another label": _label,
    "rounded to two digits": _rounded,
    "noise 1e-6": _noise(1e-6),
    "noise 1e-3": _noise(1e-3),
    "noise 1e-2": _noise(1e-2),
    "one field edited, noise 1e-3": _edited_with_noise,
    "several times, noise 3e-3": _noise(3e-3),
    "noise 1e-4, and a unique measure": _noise(1e-4),
    "synthetic (SMOTE)": _synthetic,
}
