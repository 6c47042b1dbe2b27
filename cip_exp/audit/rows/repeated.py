"""Rows of one customer without a declared group: a column whose levels repeat and give other columns.

A customer has few rows, and is one of many. What is static about a customer (age, income) is equal in these
rows, and no smooth function of the column: neighbouring levels of an identifier have nothing in common, as
neighbouring postal codes, years or amounts have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.data.column_names import sounds_like_code
from cip_exp.errors import argument
from cip_exp.features.copy_search.coded_rows import CodedRows, code_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

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


class Repeated(NamedTuple):
    """A column whose levels may be customers."""

    at: int
    static: tuple[int, ...]
    sets: int


def repeated(case: Case) -> list[Finding] | NotApplicable | None:
    """Report a column, or several, that may name the customers of several rows each as `suspect`.

    Its levels are 20 or more, of 2 to 20 rows on average, and give at least one other column. Not applicable
    where a group is declared, or where the rows are copies.
    """
    if case.groups is not None:
        return NotApplicable("a group is declared")
    rows = np.sort(np.unique(case.copies[case.view.rows], return_index=True)[1])
    if len(rows) < LEAST_SETS * ROWS_OF_A_SET[0] or case.X.shape[1] < 2:
        return NotApplicable("too few different rows")
    part = case.X.iloc[case.view.rows[rows]]
    coded = code_rows(part, None)
    found = [each for at in range(len(coded.names)) if (each := _judge(coded, at)) is not None]
    if not found:
        return None
    best = max(found, key=lambda each: (len(each.static), each.sets, -each.at))
    columns = _naming(coded, best)
    names = tuple(coded.names[at] for at in columns)
    sets = len(np.unique(coded.codes[list(columns)], axis=1).T)
    size = coded.n / sets
    same = ", ".join(coded.names[at] for at in best.static if at not in columns)
    agree = f", and agree in {same}" if same else ""
    option = argument("data.group", names[0] if len(names) == 1 else names)
    text = (
        f"{sets} sets of {size:.1f} rows on average have the same {', '.join(names)}{agree}: where a set is "
        f"one customer, a model recognises it; {option} keeps its rows together"
    )
    return [Finding("repeated", "suspect", names, text, {"sets": float(sets), "rows": size})]


def _judge(coded: CodedRows, at: int) -> Repeated | None:
    """Return a column with what its levels give; None where they cannot be customers."""
    codes, n = coded.codes[at], coded.n
    counts = np.bincount(codes)
    sets = len(counts)
    if sets < LEAST_SETS or not ROWS_OF_A_SET[0] <= n / sets <= ROWS_OF_A_SET[1]:
        return None
    if (counts[codes] > 1).mean() < REPEATED or sounds_like_code_of_a_place(coded.names[at]):
        return None
    first, second = _pairs(codes)
    static = tuple(
        other for other in range(len(coded.names)) if other != at and _gives(coded, at, other, first, second)
    )
    if not static:
        return None
    different = len(np.unique(coded.codes[list(static)], axis=1).T)
    return Repeated(at, static, sets) if different >= OWN * sets else None


def sounds_like_code_of_a_place(name: str) -> bool:
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


def _naming(coded: CodedRows, best: Repeated) -> tuple[int, ...]:
    """Return the columns that name a set: one with the most levels is enough where it is no measured one."""
    columns: tuple[int, ...] = (best.at,)
    for other in sorted(best.static, key=lambda at: -coded.levels[at]):
        more = len(np.unique(coded.codes[[*columns, other]], axis=1).T)
        if more > 1.02 * len(np.unique(coded.codes[list(columns)], axis=1).T):
            columns = (*columns, other)
    return tuple(sorted(columns))
