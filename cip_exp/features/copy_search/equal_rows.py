"""Equal rows of features and target, and how many of them chance gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.features.copy_search.chance import shuffled
from cip_exp.features.copy_search.coded_rows import code_rows
from cip_exp.features.copy_search.related_columns import free_columns, tree_of_relations
from cip_exp.records.copied_rows import Expected

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cip_exp.features.copy_search.coded_rows import CodedRows

DRAWS = 5
"""Shuffled tables."""


def number_equal(X: pd.DataFrame, y: NDArray[np.float64] | None) -> NDArray[np.int64]:
    """Return a number for each row, shape (n,); rows equal in all features and the target share it."""
    import pandas as pd

    part = X if y is None else X.assign(**{"": y})
    return np.asarray(pd.factorize(pd.util.hash_pandas_object(part, index=False))[0], dtype=np.int64)


def share_with_a_twin(numbers: NDArray[np.int64]) -> float:
    """Return the share of rows that share their number with another; 0 for no rows."""
    return float((np.bincount(numbers)[numbers] > 1).mean()) if len(numbers) else 0.0


def chance_of_equal(X: pd.DataFrame, y: NDArray[np.float64] | None, seed: int) -> Expected:
    """Return the share of equal rows in tables with shuffled columns; 1 where every column is constant."""
    coded = code_rows(X, y)
    coded = coded.columns(free_columns(coded, seed))
    if not coded.names:
        return Expected(1.0, 1.0, 1.0)
    tree, rng = tree_of_relations(coded, seed), np.random.default_rng(seed)
    drawn = [share_with_a_twin(_numbers(shuffled(coded, tree, rng))) for _ in range(DRAWS)]
    return interval(float(np.mean(drawn)), float(np.std(drawn, ddof=1)))


def interval(share: float, error: float) -> Expected:
    """Return a share with the interval of two standard errors."""
    return Expected(share, max(0.0, share - 2 * error), min(1.0, share + 2 * error))


def _numbers(coded: CodedRows) -> NDArray[np.int64]:
    """Return a number for each row, shape (n,); equal rows share one. By sums of random hashes mod 2^64."""
    total = np.zeros(coded.n, dtype=np.uint64)
    rng = np.random.default_rng(0)
    for codes in coded.codes:
        total += rng.integers(0, 2**64, size=int(codes.max()) + 1, dtype=np.uint64)[codes]
    return np.asarray(np.unique(total, return_inverse=True)[1], dtype=np.int64)
