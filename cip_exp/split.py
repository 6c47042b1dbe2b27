"""Rows divided once: a sealed holdout first, then folds; twins and groups stay on one side.

Every splitter is scikit-learn's. What is added is the order (holdout, then folds), the groups, and labels
that are fitted inside each fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp import seeds
from cip_exp.errors import DataError, describe
from cip_exp.records import Fold, Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.config import SeedSettings, SplitSettings
    from cip_exp.records import Features

    Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Rows:
    """What a splitter may know of the rows."""

    n: int
    classes: Index | None
    """The full-table label, for churn alone."""
    groups: Index | None
    """Rows with the same number may not be parted; None where rows are free."""


def plan(features: Features, split: SplitSettings, seed: SeedSettings, replicates: Sequence[int]) -> Split:
    """Seal the holdout, and lay the folds of every replicate over the other rows.

    Raises:
        DataError: fewer rows, groups or members of a class than the scheme needs.
    """
    churn = features.task == "churn" and features.y is not None
    classes = features.y.astype(np.int64) if churn and features.y is not None else None
    rows = _Rows(len(features.X), classes, _groups(features, split))
    _check_sizes(rows, split)
    train, holdout = _holdout(rows, split, seed.holdout)
    folds: list[Fold] = []
    for replicate, value in enumerate(replicates):
        draw = seeds.resolve(seed.split, value, "split")
        pairs = _folds(rows, train, split, draw)
        folds += [_fold(features, replicate, number, *pair) for number, pair in enumerate(pairs)]
    final = _fold(features, 0, len(folds), train, holdout)
    return Split(tuple(folds), final, split.name, rows.groups is not None)


def in_sample(features: Features) -> Split:
    """Return one fold that is scored on the rows it was fitted on: the source's way with segments."""
    everything = np.arange(len(features.X))
    fold = _fold(features, 0, 0, everything, everything)
    return Split((fold,), fold, "in_sample", twins_grouped=False)


def _groups(features: Features, split: SplitSettings) -> Index | None:
    parts = [features.twins] if split.twins == "group" else []
    if features.groups is not None and (split.twins == "group" or split.name == "grouped"):
        parts.append(features.groups)
    if split.name == "grouped" and not parts:
        msg = describe(
            "split=grouped has nothing to group by", "data.group is not set and split.twins=keep",
            "a column of the data as data.group, or split.twins=group",
        )  # fmt: skip
        raise DataError(msg)
    merged = _merge(parts) if parts else None
    return merged if merged is not None and len(np.unique(merged)) < len(merged) else None


def _merge(parts: list[Index]) -> Index:
    """Return connected components: rows that share a number in any part belong together."""
    if len(parts) == 1:
        return parts[0]
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first, second = (np.unique(part, return_inverse=True)[1] for part in parts)
    n = int(first.max()) + 1
    size = n + int(second.max()) + 1
    edges = coo_array((np.ones(len(first)), (first, second + n)), shape=(size, size))
    _, component = connected_components(edges, directed=False)
    return np.asarray(component[first], dtype=np.int64)


def _check_sizes(rows: _Rows, split: SplitSettings) -> None:
    """Refuse more folds than there are rows, groups, or members of a class."""
    units = rows.n if rows.groups is None else len(np.unique(rows.groups))
    what = "rows" if rows.groups is None else "groups of rows that stay together"
    step = "or split.twins=keep, which lets twins fall on both sides" if rows.groups is not None else ""
    if units < 2 * split.n_splits:
        most = f"2 to {units // 2}" if units >= 4 else "a larger table"
        msg = describe(
            f"{split.n_splits} folds are too many for {units} {what}", "split.n_splits", most, step
        )
        raise DataError(msg)
    if rows.classes is None:
        return
    for label in (0, 1):
        mine = rows.classes == label
        members = int(mine.sum()) if rows.groups is None else len(np.unique(rows.groups[mine]))
        if members == 0:
            msg = describe(
                f"the target has one class: no row is {label}", "the target", "both classes, 0 and 1"
            )
            raise DataError(msg)
        if members < split.n_splits + 1:
            most = f"2 to {members - 1}" if members > 2 else "a table with more members of that class"
            text = (
                f"{split.n_splits} folds and a holdout need more than the {members} {what} of class {label}"
            )
            raise DataError(describe(text, "split.n_splits", most, step))


def _holdout(rows: _Rows, split: SplitSettings, draw: int) -> tuple[Index, Index]:
    """Divide off the holdout.

    Under `split=holdout` the training rows keep the order `train_test_split` gives them, since the source
    lays unshuffled folds over that order.
    """
    from sklearn.model_selection import train_test_split

    everything = np.arange(rows.n)
    if rows.groups is None:
        train, test = train_test_split(
            everything, test_size=split.test_size, random_state=draw, stratify=rows.classes
        )
        return (train, test) if split.name == "holdout" else (np.sort(train), np.sort(test))
    share = Fraction(split.test_size).limit_denominator(20)
    splitter = _splitter(rows, share.denominator, draw, stratify=True)
    parts = [test for _, test in splitter.split(everything, rows.classes, rows.groups)]
    test = np.sort(np.concatenate(parts[: share.numerator]))
    return np.setdiff1d(everything, test), test


def _folds(rows: _Rows, train: Index, split: SplitSettings, draw: int) -> list[tuple[Index, Index]]:
    """Return (training rows, validation rows) of each fold of one replicate."""
    pairs: list[tuple[Index, Index]] = []
    classes = None if rows.classes is None else rows.classes[train]
    groups = None if rows.groups is None else rows.groups[train]
    inside = _Rows(len(train), classes, groups)
    for repeat in range(split.n_repeats):
        seed = None if split.name == "holdout" else draw + repeat
        splitter = _splitter(inside, split.n_splits, seed, stratify=split.name != "kfold")
        labels = np.zeros(len(train)) if classes is None else classes
        pairs += [(train[fit], train[held]) for fit, held in splitter.split(train, labels, groups)]
    return pairs


def _splitter(rows: _Rows, n_splits: int, seed: int | None, *, stratify: bool) -> Any:
    """Return scikit-learn's splitter for these rows; unshuffled where `seed` is None."""
    from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold

    how = {"n_splits": n_splits, "shuffle": seed is not None, "random_state": seed}
    if rows.groups is not None:
        # Without classes (or asked to ignore them) it still balances the folds' sizes, which a shuffled
        # GroupKFold does not.
        return (
            StratifiedGroupKFold(**how) if stratify and rows.classes is not None else _BalancedGroups(**how)
        )
    return StratifiedKFold(**how) if stratify and rows.classes is not None else KFold(**how)


class _BalancedGroups:
    """Folds of whole groups with sizes as equal as can be."""

    def __init__(self, **how: Any) -> None:
        from sklearn.model_selection import StratifiedGroupKFold

        self._splitter = StratifiedGroupKFold(**how)

    def split(self, X: Index, y: object, groups: Index) -> Any:  # noqa: ARG002 (scikit-learn's signature)
        return self._splitter.split(X, np.zeros(len(X)), groups)


def _fold(features: Features, replicate: int, number: int, train: Index, test: Index) -> Fold:
    """Make a fold with its own labels where the label is fitted."""
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
