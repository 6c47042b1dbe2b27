"""How many held-out rows share a number (of twins, of a group) with a training row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.records.table import Split


def shares_in_training(split: Split, number: NDArray[np.int64]) -> tuple[float, float]:
    """Return the share of held-out rows whose number is in training: mean over the folds, and holdout."""
    sides = [(fold.train, fold.test) for fold in split.folds]
    folds = [_share(number, *pair) for pair in sides]
    return float(np.mean(folds)) if folds else 0.0, _share(number, split.final.train, split.final.test)


def _share(number: NDArray[np.int64], train: NDArray[np.int64], test: NDArray[np.int64]) -> float:
    # A split that scores the rows it was fitted on (segments) has one side only.
    if not len(test) or np.array_equal(train, test):
        return 0.0
    inside = np.zeros(int(number.max()) + 1, dtype=bool)
    inside[number[train]] = True
    return float(inside[number[test]].mean())
