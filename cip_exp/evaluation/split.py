"""Divide the rows of a table: set the holdout aside first, then divide the other rows into folds."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.errors import ConfigError, describe
from cip_exp.evaluation import seeds
from cip_exp.evaluation.folds import fold_numbers, make_fold, split_into_folds
from cip_exp.evaluation.group_assignment import assign_groups
from cip_exp.evaluation.rows_to_split import rows_to_split
from cip_exp.evaluation.split_checks import check_sides, check_table_size
from cip_exp.evaluation.temporal_split import split_by_time
from cip_exp.records.table import Fold, Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.config.schemas import SeedSettings, SplitSettings
    from cip_exp.evaluation.rows_to_split import RowsToSplit
    from cip_exp.records.table import Features

    Index = NDArray[np.int64]


def split_rows(
    features: Features, split: SplitSettings, seed: SeedSettings, replicates: Sequence[int]
) -> Split:
    """Set the holdout aside, and divide the other rows into the folds of every replicate.

    Twins and groups stay on one side of the holdout and of every fold. With `split.outer` (nested), that
    outer fold takes the place of the holdout, and the holdout is in neither side.

    Raises:
        ConfigError: repeats of folds that are not shuffled; split=temporal without dates.
        DataError: fewer rows, groups or members of a class than the scheme needs.
    """
    if split.name == "holdout" and split.n_repeats > 1:
        what = "split=holdout does not shuffle its folds: every repeat would be the same"
        raise ConfigError(describe(what, "split.n_repeats", "1", "split=repeated shuffles each repeat anew"))
    if split.name == "temporal":
        return split_by_time(features, split, seed, replicates)
    rows = rows_to_split(features, split)
    check_table_size(rows, split)
    train, holdout = _holdout(rows, split, seed.holdout)
    if split.outer is not None:
        outer = fold_numbers(rows.take(train), split.n_splits, seeds.child(seed.holdout, "outer"))
        train, holdout = train[outer != split.outer], train[outer == split.outer]
    inside = rows.take(train)
    check_sides(inside, rows.take(holdout), split)
    folds: list[Fold] = []
    for replicate, value in enumerate(replicates):
        pairs = split_into_folds(inside, train, split, seeds.resolve(seed.split, value, "split"))
        folds += [make_fold(features, replicate, number, *pair) for number, pair in enumerate(pairs)]
    final = make_fold(features, 0, len(folds), train, holdout)
    return Split(tuple(folds), final, split.name, split.twins == "group")


def split_in_sample(features: Features, replicates: int = 1) -> Split:
    """Return one fold for each replicate, scored on its own training rows: the source scores segments so."""
    everything = np.arange(len(features.X))
    folds = tuple(make_fold(features, each, 0, everything, everything) for each in range(replicates))
    return Split(folds, folds[0], "in_sample", twins_grouped=False)


def _holdout(rows: RowsToSplit, split: SplitSettings, seed: int) -> tuple[Index, Index]:
    """Return (training rows, holdout rows).

    Under `split=holdout` the training rows keep the order in which `train_test_split` returns them, since
    the source makes unshuffled folds in that order.
    """
    from sklearn.model_selection import train_test_split

    everything = np.arange(rows.n)
    if rows.groups is None:
        train, test = train_test_split(
            everything, test_size=split.test_size, random_state=seed, stratify=rows.classes
        )
        return (train, test) if split.name == "holdout" else (np.sort(train), np.sort(test))
    share = Fraction(split.test_size).limit_denominator(20)
    held_out = assign_groups(rows, share.denominator, seed) < share.numerator
    return everything[~held_out], everything[held_out]
