"""Join several ways to number rows: rows that share a number in any of them belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return one number for all rows that are connected by a shared number in any part, shape (n,).

    A single part is returned as it is.
    """
    number = parts[0]
    for part in parts[1:]:
        number = _joined(number, part)
    return number


def _joined(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(one):
        return one
    first, second = (np.unique(part, return_inverse=True)[1] for part in (one, other))
    n = int(first.max()) + 1
    size = n + int(second.max()) + 1
    edges = coo_array((np.ones(len(first)), (first, second + n)), shape=(size, size))
    _, component = connected_components(edges, directed=False)
    return np.asarray(component[first], dtype=np.int64)


def joined_by_pairs(
    number: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return numbers, shape (n,), in which the rows `one[i]` and `other[i]` share theirs as well."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number = np.unique(number, return_inverse=True)[1]
    size = int(number.max(initial=-1)) + 1
    edges = coo_array((np.ones(len(one)), (number[one], number[other])), shape=(size, size))
    _, component = connected_components(edges, directed=False)
    return np.asarray(component[number], dtype=np.int64)
