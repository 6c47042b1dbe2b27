"""The values of a column that may mark an event, as sets: zero, a common value, a level, a part of a text.

A set is a set of the column's distinct values, so that its rows are counted from the rows of the values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from cip_exp.audit.measures.text_parts import shared_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

MIN_ROWS = 8
"""A single number needs at least this many rows; the sets of a text are counted and judged anyway."""
COMMON = 12
"""Of a number, so many of the commonest values are sets of their own, and the minimum and maximum."""
SENTINELS = (0, -1, -9, -99, -999, -9999, 99, 999, 9999, 99999)
"""Numbers that stand for "none" or "unknown"."""
CODES = 60
"""Whole numbers with at most so many different values may be codes: several of them can mark an event."""


@dataclass(frozen=True, eq=False)
class ValueSets:
    """Sets of the distinct values of one column."""

    codes: Places
    """Shape (m,): the distinct value of each row, 0 to `size` - 1; `size` where it is missing."""
    size: int
    """The number of distinct values; numbers that are in the same sets count as one."""
    words: tuple[str, ...]
    """Shape (s,): what each set is, in words: `is 0`, `is below 0`, `begins with 'CLO'`."""
    members: Any
    """Sparse, shape (s, size): 1 where a value is in a set."""
    parts: NDArray[np.bool_]
    """Shape (s,): whether a set is a part of a text."""
    ordinary: NDArray[np.bool_]
    """Shape (s,): whether a set is a number like any other of its column: not zero, no sentinel, no flag."""
    codelike: bool
    """Whether several values may mean the same: levels of a category, and numbers that may be codes."""

    def rows(self, at: int) -> NDArray[np.bool_]:
        """Return which rows have a value of the set at `at`, shape (m,)."""
        values = self.members[[at]].toarray()[0] > 0
        return np.asarray(np.append(values, False)[self.codes])

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which rows are missing, shape (m,)."""
        return np.asarray(self.codes == self.size)


MANY_VALUES, MASS = 50, 20
"""Of so many values, one that is so many times as common as the median value was filled in, or is a code."""


def sets_of_numbers(values: Floats) -> ValueSets:
    """Return the sets of a column of numbers, shape (m,); NaN is missing.

    They are the commonest values, the minimum and maximum where they repeat, negative numbers, and whole
    numbers among others; of numbers that may be codes, every value.
    """
    known = ~np.isnan(values)
    distinct, inverse, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    whole, negative = distinct == np.rint(distinct), distinct < 0
    codelike = len(distinct) <= CODES and bool(whole.all())
    single = np.arange(len(distinct)) if codelike else _common(counts)
    # From here on, distinct values that are in the same sets are one value: a column may have thousands.
    kind = 2 * negative + whole - 4
    kind[single] = np.arange(len(single))
    kinds, first, place = np.unique(kind, return_index=True, return_inverse=True)
    codes = np.full(len(values), len(kinds), dtype=np.int64)
    codes[known] = place[inverse]
    sets = [(f"is {distinct[at]:.10g}", place[[at]]) for at in single]
    sets.append(("is below 0", np.flatnonzero(negative[first])))
    sets.append(("is a whole number", np.flatnonzero(whole[first])))
    ordinary = np.append(~_stands_out(distinct, counts)[single], [False, False])
    return _build(codes, len(kinds), sets, 0, codelike, ordinary)


def _stands_out(distinct: Floats, counts: Places) -> NDArray[np.bool_]:
    """Return which of the ascending values are zero, a sentinel, far apart from all others, or filled in.

    Both values of a flag stand out.
    """
    if len(distinct) <= 2:
        return np.ones(len(distinct), dtype=bool)
    found = np.isin(distinct, SENTINELS)
    if len(distinct) >= MANY_VALUES:
        found |= counts >= MASS * np.median(counts)
    found[0] |= distinct[1] - distinct[0] > distinct[-1] - distinct[1]
    found[-1] |= distinct[-1] - distinct[-2] > distinct[-2] - distinct[0]
    return found


def _common(counts: Places) -> Places:
    """Return the positions of the commonest values and of both ends, those with enough rows."""
    order = np.argsort(-counts, kind="stable")[:COMMON]
    chosen = np.union1d(order, [0, len(counts) - 1]).astype(np.int64)
    return chosen[counts[chosen] >= MIN_ROWS] if len(counts) else np.empty(0, dtype=np.int64)


def sets_of_levels(codes: Floats, names: Sequence[str]) -> ValueSets:
    """Return the sets of a category: every level, and the parts that several level names share.

    `codes`, shape (m,), are the positions of the levels in `names`; NaN is missing.
    """
    places = np.where(np.isnan(codes), len(names), codes).astype(np.int64)
    parts = [(word, np.array(found)) for word, found in shared_parts(names).items()]
    sets = [(f"is '{name}'", np.array([at])) for at, name in enumerate(names)]
    ordinary = np.zeros(len(sets) + len(parts), dtype=bool)
    return _build(places, len(names), [*sets, *parts], len(parts), len(names) > 2, ordinary)


def _build(
    codes: Places,
    size: int,
    sets: Sequence[tuple[str, Places]],
    n_parts: int,
    codelike: bool,
    ordinary: NDArray[np.bool_],
) -> ValueSets:
    """Keep the sets that have some of the values, not all; where there is one value only, that one."""
    chosen = [at for at, (_, values) in enumerate(sets) if 0 < len(values) < max(size, 2)]
    lengths = [len(sets[at][1]) for at in chosen]
    columns = np.concatenate([np.empty(0, dtype=np.int64), *(sets[at][1] for at in chosen)])
    edges = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    members = csr_array((np.ones(len(columns)), columns, edges), shape=(len(chosen), size))
    parts = np.array(chosen, dtype=np.int64) >= len(sets) - n_parts
    words = tuple(sets[at][0] for at in chosen)
    return ValueSets(codes, size, words, members, parts, ordinary[chosen], codelike)
