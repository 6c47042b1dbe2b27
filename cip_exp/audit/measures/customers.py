"""Columns whose levels may be customers of several rows each.

A customer has few rows, and is one of many. What is static about a customer (age, income) is equal in these
rows, and no smooth function of the column: neighbouring levels of an identifier have nothing in common, as
neighbouring postal codes, years or amounts have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.data.column_names import sounds_like_code
from cip_exp.features.copy_search.coded_rows import code_rows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cip_exp.features.copy_search.coded_rows import CodedRows

LEAST_SETS = 20
ROWS_OF_A_SET = (2.0, 20.0)
"""Mean number of rows of a customer; a shop or a product has more."""
REPEATED = 0.8
"""Least share of rows whose level occurs again."""
STATIC = 0.95
"""Least share of pairs of rows of one level that are equal in a column that the level gives."""
BY_CHANCE = 0.3
"""Share of equal pairs among all rows from which on a column is too coarse to tell."""
SMOOTH = 0.5
"""A column that neighbouring levels share to this part is a function of the levels' order."""
OWN = 0.4
"""Least number of different static values, as a share of the levels."""


class Customers(NamedTuple):
    """Columns that name sets of rows, each of which may be one customer's."""

    columns: tuple[str, ...]
    """One column, or several measured ones that are equal together."""
    static: tuple[str, ...]
    """Other columns that are equal in the rows of a set."""
    sets: int
    rows: int
    """All rows that were looked at."""
    identifier: bool
    """Whether it is one column of whole numbers or of categories."""


def find_customers(X: pd.DataFrame) -> Customers | None:
    """Return the columns that name customers; None where there are none.

    Args:
        X: shape (n, p): different rows, without the target.
    """
    if len(X) < LEAST_SETS * ROWS_OF_A_SET[0] or X.shape[1] < 2:
        return None
    coded = code_rows(X, None)
    found = [each for at in range(len(coded.names)) if (each := _judge(coded, at)) is not None]
    if not found:
        return None
    best = max(found, key=lambda each: (len(each.static), each.sets, -each.at))
    columns = _naming(coded, best)
    whole = bool(coded.nominal[best.at]) or _whole(X.iloc[:, best.at])
    return Customers(
        columns=tuple(coded.names[at] for at in columns),
        static=tuple(coded.names[at] for at in best.static if at not in columns),
        sets=_combinations(coded, columns),
        rows=coded.n,
        identifier=len(columns) == 1 and whole,
    )


def _whole(column: pd.Series) -> bool:
    values = (
        column.to_numpy(dtype=np.float64, na_value=np.nan) if column.dtype.kind in "iufb" else np.array([0.5])
    )
    return bool((values == np.rint(values)).all())


def _combinations(coded: CodedRows, columns: tuple[int, ...]) -> int:
    """Count the different values of several columns together."""
    return int(np.unique(coded.codes[list(columns)], axis=1).shape[1])


class _Candidate(NamedTuple):
    """A column whose levels may be customers."""

    at: int
    static: tuple[int, ...]
    sets: int


def _judge(coded: CodedRows, at: int) -> _Candidate | None:
    """Return a column with what its levels give; None where they cannot be customers."""
    codes, n = coded.codes[at], coded.n
    counts = np.bincount(codes)
    sets = len(counts)
    if sets < LEAST_SETS or not ROWS_OF_A_SET[0] <= n / sets <= ROWS_OF_A_SET[1]:
        return None
    if (counts[codes] > 1).mean() < REPEATED or _names_a_place(coded.names[at]):
        return None
    first, second = _pairs(codes)
    static = tuple(
        other for other in range(len(coded.names)) if other != at and _gives(coded, at, other, first, second)
    )
    if not static:
        return None
    return _Candidate(at, static, sets) if _combinations(coded, static) >= OWN * sets else None


def _names_a_place(name: str) -> bool:
    """Return whether a name is that of a postal code or another code that many customers share."""
    return sounds_like_code(name) and not name.casefold().endswith("id")


def _pairs(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of rows that follow each other within a level."""
    order = np.argsort(codes, kind="stable")
    same = codes[order[1:]] == codes[order[:-1]]
    return order[:-1][same], order[1:][same]


def _gives(
    coded: CodedRows, at: int, other: int, first: NDArray[np.int64], second: NDArray[np.int64]
) -> bool:
    """Return whether the levels of a column give the values of another, and not by their order."""
    values = coded.codes[other]
    if (values[first] == values[second]).mean() < STATIC:
        return False
    shares = np.bincount(values) / len(values)
    if float((shares**2).sum()) > BY_CHANCE:
        return False
    if coded.nominal[at]:
        return True
    rows = np.unique(coded.codes[at], return_index=True)[1]
    return _smoothness(coded, other, rows) < SMOOTH


def _smoothness(coded: CodedRows, other: int, rows: NDArray[np.int64]) -> float:
    """Return how much of a column neighbouring levels share: of the variance, or of unequal pairs."""
    if coded.nominal[other]:
        values = coded.codes[other][rows]
        shares = np.bincount(values) / len(values)
        chance = float((shares**2).sum())
        return float(((values[1:] == values[:-1]).mean() - chance) / max(1 - chance, 1e-9))
    ranks = (coded.low[other][rows] + coded.high[other][rows]).astype(np.float64)
    if np.ptp(ranks) == 0:
        return 1.0
    return abs(float(np.corrcoef(ranks[1:], ranks[:-1])[0, 1]))


def _naming(coded: CodedRows, best: _Candidate) -> tuple[int, ...]:
    """Return the columns that name a set: one with the most levels is enough where it is no measured one."""
    columns: tuple[int, ...] = (best.at,)
    for other in sorted(best.static, key=lambda at: -coded.levels[at]):
        if _combinations(coded, (*columns, other)) > 1.02 * _combinations(coded, columns):
            columns = (*columns, other)
    return tuple(sorted(columns))
