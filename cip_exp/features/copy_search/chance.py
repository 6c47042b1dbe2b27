"""A table as chance would give it: each column shuffled within strata of its most related column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.features.copy_search.coded_rows import from_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.features.copy_search.coded_rows import CodedRows

LEAST = 30
"""Rows of a stratum; smaller levels share one with their neighbours."""


def shuffled(coded: CodedRows, tree: list[tuple[int, int]], rng: np.random.Generator) -> CodedRows:
    """Return a table of the same columns that keeps the relations along `tree` alone.

    From the root on, a column's values are dealt out at random among the rows whose parent, as already
    shuffled, is in the stratum that they come from.
    """
    codes, scaled = coded.codes.copy(), coded.scaled.copy()
    for at, parent in tree:
        if parent < 0:
            to, source = np.arange(coded.n), rng.permutation(coded.n)
        else:
            strata = _strata(coded.codes[parent])
            to, source = (_in_order(strata[each[parent]], rng) for each in (codes, coded.codes))
        codes[at, to], scaled[at, to] = coded.codes[at, source], coded.scaled[at, source]
    return from_codes(coded.names, codes, scaled, coded.steps, coded.nominal)


def _strata(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the stratum of each level: levels in order, joined until they have `LEAST` rows."""
    stratum = np.empty(int(codes.max()) + 1, dtype=np.int64)
    number = rows = 0
    for level, count in enumerate(np.bincount(codes).tolist()):
        stratum[level] = number
        rows += count
        if rows >= LEAST:
            number, rows = number + 1, 0
    return np.minimum(stratum, max(number - 1, 0)) if rows else stratum


def _in_order(strata: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the rows ordered by stratum, and at random within each."""
    return np.argsort(strata + rng.random(len(strata)), kind="stable")
