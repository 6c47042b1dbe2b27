"""Split a dated table forward in time: hold out the latest rows, and validate each fold on later rows.

Between the last training row and the first row to predict lies a gap at least as long as the target's
horizon: without it, the training row's target would not yet be known when the prediction is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.data.column_types import to_days
from cip_exp.errors import ConfigError, DataError, describe
from cip_exp.evaluation import seeds
from cip_exp.evaluation.folds import make_fold, split_into_folds
from cip_exp.evaluation.rows_to_split import rows_to_split
from cip_exp.evaluation.split_checks import check_sides
from cip_exp.records.table import Fold, Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.config.schemas import SeedSettings, SplitSettings
    from cip_exp.records.table import Features

    Index = NDArray[np.int64]
    Days = NDArray[np.float64]

MIN_ROWS = 20
"""Rows that each side of a forward fold needs; smaller folds are left out."""


def split_by_time(
    features: Features, split: SplitSettings, seed: SeedSettings, replicates: Sequence[int]
) -> Split:
    """Train on earlier rows and hold out the latest.

    Where the training period is too short for forward folds (one date, or a gap as long as the period), its
    folds are shuffled, with whole groups. The holdout is later than the training rows in any case.

    Raises:
        ConfigError: the table has no dates.
        DataError: too few rows are earlier than the holdout and the gap.
    """
    table = features.table
    if table.time is None:
        what = f"split=temporal needs dates, and data={table.name} has none"
        raise ConfigError(
            describe(what, "split", "split=stratified | kfold | repeated | grouped", "or set data.time")
        )
    time = to_days(table.frame[table.time])
    gap = float(table.horizon_days if split.gap_days is None else split.gap_days)
    train, holdout = temporal_holdout(time, split.test_size, gap)
    if len(train) < 2 * split.n_splits:
        what = f"only {len(train)} rows are at least {gap:g} days earlier than the holdout"
        raise DataError(describe(what, "split.gap_days", "a table with a longer history, or a shorter gap"))
    rows = rows_to_split(features, split)
    inside = rows.take(train)
    check_sides(inside, rows.take(holdout), split)
    forward = temporal_folds(time, train, split.n_splits, gap)
    folds: list[Fold] = []
    for replicate, value in enumerate(replicates):
        pairs = forward or split_into_folds(inside, train, split, seeds.resolve(seed.split, value, "split"))
        folds += [make_fold(features, replicate, number, *pair) for number, pair in enumerate(pairs)]
    final = make_fold(features, 0, len(folds), train, holdout)
    return Split(tuple(folds), final, split.name, split.twins == "group")


def temporal_holdout(time: Days, share: float, gap: float) -> tuple[Index, Index]:
    """Return (training rows, holdout rows).

    The holdout consists of whole dates: the fewest of the latest dates that have at least `share` of the
    rows, but never all dates. Training rows are at least `gap` days before its first date; rows in between
    are in neither side.
    """
    dates, counts = np.unique(time, return_counts=True)
    reached = np.flatnonzero(np.cumsum(counts[::-1]) >= share * len(time))[0]
    first = dates[max(1, len(dates) - 1 - int(reached))] if len(dates) > 1 else dates[0]
    return np.flatnonzero((time < first) & (time <= first - gap)), np.flatnonzero(time >= first)


def temporal_folds(time: Days, train: Index, n_splits: int, gap: float) -> list[tuple[Index, Index]]:
    """Return (training rows, validation rows) of an expanding window; empty where the period is too short."""
    own = time[train]
    dates, counts = np.unique(own, return_counts=True)
    if len(dates) < 3:
        return []
    edges = np.searchsorted(np.cumsum(counts), np.arange(1, n_splits + 1) * len(own) / (n_splits + 1))
    starts = [*dict.fromkeys(dates[np.minimum(edges + 1, len(dates) - 1)].tolist()), np.inf]
    pairs = []
    for start, end in zip(starts, starts[1:], strict=False):
        earlier = train[(own < start) & (own <= start - gap)]
        later = train[(own >= start) & (own < end)]
        if min(len(earlier), len(later)) >= MIN_ROWS:
            pairs.append((earlier, later))
    return pairs if len(pairs) > 1 else []
