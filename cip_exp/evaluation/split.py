"""Rows divided once: a sealed holdout first, then folds; twins and groups stay on one side.

Where rows are free the splitters are scikit-learn's. Whole groups are dealt here (`_deal`), since its
`StratifiedGroupKFold` walks over every group and fold in Python: 1.3 s for the 7,043 customers of telco.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from cip_exp.data.csv_reader import to_days
from cip_exp.errors import ConfigError, DataError, describe
from cip_exp.evaluation import seeds, temporal_split
from cip_exp.records.table import Fold, Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.config.schemas import SeedSettings, SplitSettings
    from cip_exp.records.table import Features

    Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Rows:
    """What a splitter may know of the rows."""

    n: int
    classes: Index | None
    """The full-table label, for churn alone."""
    groups: Index | None
    """Rows with the same number may not be parted; None where rows are free."""

    def units(self, label: int | None = None) -> int:
        """Count what can be dealt: rows or whole groups, those of one class where it is given."""
        mine = slice(None) if label is None or self.classes is None else self.classes == label
        return len(np.arange(self.n)[mine] if self.groups is None else np.unique(self.groups[mine]))

    def take(self, index: Index) -> _Rows:
        """Return the rows at these positions."""
        classes, groups = (None if part is None else part[index] for part in (self.classes, self.groups))
        return _Rows(len(index), classes, groups)


def plan(features: Features, split: SplitSettings, seed: SeedSettings, replicates: Sequence[int]) -> Split:
    """Seal the holdout, and lay the folds of every replicate over the other rows.

    With an outer fold of `nested` that fold takes the holdout's place, and the holdout is in neither side.

    Raises:
        ConfigError: repeats of folds that are not shuffled.
        DataError: fewer rows, groups or members of a class than the scheme needs.
    """
    if split.name == "holdout" and split.n_repeats > 1:
        what = "split=holdout lays unshuffled folds: every repeat would be the same"
        raise ConfigError(describe(what, "split.n_repeats", "1", "split=repeated shuffles each repeat anew"))
    churn = features.task == "churn" and features.y is not None
    classes = features.y.astype(np.int64) if churn and features.y is not None else None
    if split.name == "temporal":
        return _plan_forward(features, classes, split, seed, replicates)
    rows = _Rows(len(features.X), classes, _groups(features, split))
    _check_sizes(rows, split)
    train, holdout = _holdout(rows, split, seed.holdout)
    if split.outer is not None:
        part = _parts(rows.take(train), split.n_splits, seeds.child(seed.holdout, "outer"))
        train, holdout = train[part != split.outer], train[part == split.outer]
    _check_sides(rows.take(train), rows.take(holdout), split)
    folds: list[Fold] = []
    for replicate, value in enumerate(replicates):
        draw = seeds.resolve(seed.split, value, "split")
        pairs = _folds(rows.take(train), train, split, draw)
        folds += [_fold(features, replicate, number, *pair) for number, pair in enumerate(pairs)]
    final = _fold(features, 0, len(folds), train, holdout)
    return Split(tuple(folds), final, split.name, split.twins == "group")


def _plan_forward(
    features: Features,
    classes: Index | None,
    split: SplitSettings,
    seed: SeedSettings,
    replicates: Sequence[int],
) -> Split:
    """Train on earlier rows, hold out the latest.

    Where the training period is too short for forward folds (one date, or a gap as long as itself), its
    folds are shuffled, with whole groups; the holdout is judged forward in time all the same.
    """
    table = features.table
    if table.time is None:
        what = f"split=temporal needs dates, and data={table.name} has none"
        raise ConfigError(
            describe(what, "split", "split=stratified | kfold | repeated | grouped", "or set data.time")
        )
    time = to_days(table.frame[table.time])
    gap = float(table.horizon_days if split.gap_days is None else split.gap_days)
    train, holdout = temporal_split.holdout(time, split.test_size, gap)
    if len(train) < 2 * split.n_splits:
        what = f"{len(train)} rows lie {gap:g} days before the holdout"
        raise DataError(describe(what, "split.gap_days", "a table with a longer history, or a shorter gap"))
    rows = _Rows(len(features.X), classes, _groups(features, split))
    inside = rows.take(train)
    _check_sides(inside, rows.take(holdout), split)
    ahead = temporal_split.folds(time, train, split.n_splits, gap)
    laid: list[Fold] = []
    for replicate, value in enumerate(replicates):
        pairs = ahead or _folds(inside, train, split, seeds.resolve(seed.split, value, "split"))
        laid += [_fold(features, replicate, number, *pair) for number, pair in enumerate(pairs)]
    return Split(
        tuple(laid), _fold(features, 0, len(laid), train, holdout), split.name, split.twins == "group"
    )


def in_sample(features: Features, replicates: int = 1) -> Split:
    """Return one fold a replicate, scored on the rows it was fitted on: the source's way with segments."""
    everything = np.arange(len(features.X))
    folds = tuple(_fold(features, each, 0, everything, everything) for each in range(replicates))
    return Split(folds, folds[0], "in_sample", twins_grouped=False)


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
    """Refuse what no holdout can be drawn from: too few rows or groups, a class that is absent or alone."""
    units = rows.units()
    if units < 2 * split.n_splits or units * split.test_size < 1:
        most = f"2 to {units // 2}" if units >= 4 else "a larger table"
        _refuse(f"{split.n_splits} folds and a holdout are too many for {units}", rows, most)
    for label in (0, 1) if rows.classes is not None else ():
        members = rows.units(label)
        if members == 0:
            what = f"the target has one class: no row is {label}"
            raise DataError(describe(what, "the target", "both classes, 0 and 1"))
        if members < split.n_splits + 1:
            most = f"2 to {members - 1}" if members > 2 else "a table with more members of that class"
            _refuse(f"{split.n_splits} folds and a holdout need more than {members}", rows, most, label)


def _check_sides(train: _Rows, holdout: _Rows, split: SplitSettings) -> None:
    """Refuse sides on which some fold, or the holdout, could not be scored."""
    larger = f"more than {split.test_size} as split.test_size, or a larger table"
    if holdout.n < 2:
        _refuse(f"the holdout would have {holdout.n} row of", holdout, larger)
    if train.n < 2 * split.n_splits:  # R² of a single row is undefined
        _refuse(f"{split.n_splits} folds are too many for the", train, f"2 to {max(2, train.n // 2)}")
    for label in (0, 1) if train.classes is not None else ():
        if holdout.units(label) == 0:
            _refuse("the holdout would have none of the", holdout, larger, label)
        members = train.units(label)
        if members < split.n_splits:
            most = f"2 to {members}" if members > 1 else "a smaller split.test_size, or a larger table"
            _refuse(f"{split.n_splits} folds are too many for the {members}", train, most, label)


def _refuse(what: str, rows: _Rows, allowed: str, label: int | None = None) -> NoReturn:
    """Raise a DataError about rows or groups, of one class where it is given."""
    grouped = rows.groups is not None
    whose = "" if label is None else f" of class {label}"
    step = "or split.twins=keep, which lets twins fall on both sides" if grouped else ""
    unit = "groups of rows that stay together" if grouped else "rows"
    raise DataError(describe(f"{what} {unit}{whose}", "split.n_splits, split.test_size", allowed, step))


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
    sealed = _deal(rows, share.denominator, draw) < share.numerator
    return everything[~sealed], everything[sealed]


def _folds(inside: _Rows, train: Index, split: SplitSettings, draw: int) -> list[tuple[Index, Index]]:
    """Return (training rows, validation rows) of each fold of one replicate."""
    pairs: list[tuple[Index, Index]] = []
    if split.name == "kfold":
        inside = replace(inside, classes=None)
    for repeat in range(split.n_repeats):
        seed = draw if repeat == 0 else seeds.child(draw, f"repeat {repeat}")
        part = _parts(inside, split.n_splits, None if split.name == "holdout" else seed)
        pairs += [(train[part != held], train[part == held]) for held in range(split.n_splits)]
    return pairs


def _parts(rows: _Rows, n_splits: int, seed: int | None) -> Index:
    """Return the fold, shape (n,), that each row is held out in; unshuffled where `seed` is None."""
    from sklearn.model_selection import KFold, StratifiedKFold

    if rows.groups is not None:
        return _deal(rows, n_splits, seed)
    scheme = KFold if rows.classes is None else StratifiedKFold
    splitter = scheme(n_splits, shuffle=seed is not None, random_state=seed)
    part = np.empty(rows.n, dtype=np.int64)
    for number, (_, held) in enumerate(splitter.split(np.zeros(rows.n), rows.classes)):
        part[held] = number
    return part


def _deal(rows: _Rows, parts: int, seed: int | None) -> Index:
    """Return a part in [0, parts) for every row: whole groups, parts alike in size and in each class.

    Groups go where they are most wanted, the largest first, so that single rows even out what large groups
    left uneven. Those with the same numbers of each class are dealt at once.
    """
    rng = None if seed is None else np.random.default_rng(seed)
    group = np.unique(np.asarray(rows.groups), return_inverse=True)[1]
    classes = np.zeros(rows.n, dtype=np.int64) if rows.classes is None else rows.classes
    counts = np.zeros((int(group.max()) + 1, int(classes.max()) + 1))
    np.add.at(counts, (group, classes), 1)
    kinds, kind_of = np.unique(counts, axis=0, return_inverse=True)
    members = np.split(np.argsort(kind_of, kind="stable"), np.cumsum(np.bincount(kind_of))[:-1])
    # In shares of each class, so that the rare one weighs as much as the other.
    weights = kinds / np.maximum(counts.sum(axis=0), 1)
    part = np.empty(len(counts), dtype=np.int64)
    load = np.zeros((parts, counts.shape[1]))
    for kind in np.argsort(-kinds.sum(axis=1), kind="stable"):
        mine = members[kind] if rng is None else rng.permutation(members[kind])
        order = np.arange(parts) if rng is None else rng.permutation(parts)
        taken = np.empty(parts, dtype=np.int64)
        taken[order] = _fill(load[order], weights[kind], len(mine))
        part[mine] = np.repeat(np.arange(parts), taken)
        load += taken[:, None] * weights[kind]
    dealt: Index = part[group]
    return dealt


def _fill(load: NDArray[np.float64], weight: NDArray[np.float64], n: int) -> Index:
    """Return how many of n equal groups each part gets, so that the squares of the loads grow least.

    The k-th group raises a part's sum of squares by `first + k * step`: water poured over the firsts.
    """
    first = ((2 * load + weight) * weight).sum(axis=1)
    step = 2 * float((weight**2).sum())
    level = ((step * n + np.cumsum(np.sort(first))) / np.arange(1, len(first) + 1)).min()
    taken: Index = np.maximum(0, np.floor((level - first) / step + 1e-9)).astype(np.int64)
    for _ in range(n - int(taken.sum())):
        taken[np.argmin((first + taken * step).round(12))] += 1
    return taken


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
