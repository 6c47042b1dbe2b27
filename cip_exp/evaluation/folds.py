"""Divide training rows into folds. Without groups the splitters are scikit-learn's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.errors import DataError, describe
from cip_exp.evaluation import seeds
from cip_exp.evaluation.group_assignment import assign_groups
from cip_exp.records.table import Fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.config.schemas import SplitSettings
    from cip_exp.evaluation.rows_to_split import RowsToSplit
    from cip_exp.records.table import Features

    Index = NDArray[np.int64]


def split_into_folds(
    rows: RowsToSplit, index: Index, split: SplitSettings, seed: int
) -> list[tuple[Index, Index]]:
    """Return (training rows, validation rows) of each fold of one replicate.

    Args:
        rows: the rows outside the holdout.
        index: their positions in the table, shape (rows.n,).
        split: number of folds and repeats, and the scheme.
        seed: shuffles the first repeat; further repeats use its child seeds.
    """
    pairs: list[tuple[Index, Index]] = []
    if split.name == "kfold":
        rows = replace(rows, classes=None)
    for repeat in range(split.n_repeats):
        own_seed = seed if repeat == 0 else seeds.child(seed, f"repeat {repeat}")
        number = fold_numbers(rows, split.n_splits, None if split.name == "holdout" else own_seed)
        pairs += [(index[number != fold], index[number == fold]) for fold in range(split.n_splits)]
    return pairs


def fold_numbers(rows: RowsToSplit, n_splits: int, seed: int | None) -> Index:
    """Return the fold, shape (n,), in which each row is held out; not shuffled where `seed` is None."""
    from sklearn.model_selection import KFold, StratifiedKFold

    if rows.groups is not None:
        return assign_groups(rows, n_splits, seed)
    scheme = KFold if rows.classes is None else StratifiedKFold
    splitter = scheme(n_splits, shuffle=seed is not None, random_state=seed)
    numbers = np.empty(rows.n, dtype=np.int64)
    for number, (_, held_out) in enumerate(splitter.split(np.zeros(rows.n), rows.classes)):
        numbers[held_out] = number
    return numbers


def make_fold(features: Features, replicate: int, number: int, train: Index, test: Index) -> Fold:
    """Return a fold with its labels; a fitted label is learned from the fold's training rows.

    Raises:
        DataError: the training rows of a churn fold have one class.
    """
    if features.y is None:
        return Fold(replicate, number, train, test, None, None)
    y_train, y_test = features.y[train], features.y[test]
    if features.target is not None and features.target.fitted:
        label = features.target.fit(features.table.frame.iloc[train])
        y_train, y_test = (label(features.table.frame.iloc[side]) for side in (train, test))
    if features.task == "churn" and len(np.unique(y_train)) < 2:
        msg = describe(
            f"fold {number} has one class on its training side", "split", "fewer folds, or another seed",
        )  # fmt: skip
        raise DataError(msg)
    return Fold(replicate, number, train, test, y_train, y_test)
