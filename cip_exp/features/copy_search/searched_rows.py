"""The rows and columns among which near copies are searched: different rows, a block of a large table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.features.copy_search.coded_rows import CodedRows, code_rows
from cip_exp.features.copy_search.related_columns import free_columns, mutual_information

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ROWS = 10_000
"""Near copies are searched among so many rows at most."""
COMPARED = 200
"""Rows that are compared with all others."""
LEAST_COLUMNS = 3
RELATED = 0.02
"""Mutual information from which on a column counts as related to another."""


@dataclass(frozen=True, eq=False)
class SearchedRows:
    """The rows that near copies are searched among."""

    coded: CodedRows
    """Different rows; columns that no others determine."""
    positions: NDArray[np.int64]
    """Shape (m,): of these rows in the table."""
    apart: NDArray[np.int64] | None
    whole: bool
    """Whether every different row of the table is among them."""
    seed: int

    def compared(self) -> NDArray[np.int64]:
        """Return the rows to compare with all others."""
        if self.coded.n <= COMPARED:
            return np.arange(self.coded.n)
        return np.sort(np.random.default_rng(self.seed).choice(self.coded.n, COMPARED, replace=False))


def rows_to_search(
    X: pd.DataFrame, y: NDArray[np.float64] | None, rows: NDArray[np.int64],
    groups: NDArray[np.int64] | None, seed: int,
) -> SearchedRows | None:  # fmt: skip
    """Return the rows and columns to search; None where too few columns are left.

    Args:
        X: shape (n, p).
        y: shape (n,), or None.
        rows: shape (m,), the positions of different rows.
        groups: shape (n,), or None.
        seed: of the sample.
    """
    whole = len(rows) <= ROWS
    if not whole:
        rows = _block(X, y, rows, seed)
    coded = code_rows(X.iloc[rows], None if y is None else y[rows])
    free = free_columns(coded, seed)
    if len(free) < LEAST_COLUMNS:
        return None
    return SearchedRows(coded.columns(free), rows, None if groups is None else groups[rows], whole, seed)


def _block(
    X: pd.DataFrame, y: NDArray[np.float64] | None, rows: NDArray[np.int64], seed: int
) -> NDArray[np.int64]:
    """Return rows that follow each other in the order of one column, so that near copies stay together.

    The column with the most levels among those that are related to another.
    """
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.choice(rows, ROWS, replace=False))
    coded = code_rows(X.iloc[sample], None if y is None else y[sample])
    related = mutual_information(coded, seed)[0].max(axis=0) > RELATED
    levels = np.where(related & ~coded.nominal, coded.levels, 0)
    at = int(levels.argmax())
    if not levels[at]:
        return sample
    column = y if y is not None and at == X.shape[1] else X.iloc[:, at].to_numpy()
    order = rows[np.argsort(np.asarray(column)[rows], kind="stable")]
    start = int(rng.integers(len(order) - ROWS + 1))
    return np.sort(order[start : start + ROWS])
