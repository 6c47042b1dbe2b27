"""Splits are partitions that keep groups whole; the holdout has its own seed, and each fold its own label."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from cip_exp.config.schemas import FeatureSettings, SeedSettings, SplitSettings
from cip_exp.data import purchasing_table
from cip_exp.errors import ConfigError, DataError
from cip_exp.evaluation import split
from cip_exp.features.build import build
from cip_exp.records.lineage import Lineage
from cip_exp.records.table import Features, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAMES = ("holdout", "stratified", "kfold", "repeated", "grouped")
DEFAULT = SeedSettings()
PURCHASING = purchasing_table.load(None)
CHURN = build(PURCHASING, FeatureSettings(), "churn")
CLV = build(PURCHASING, FeatureSettings(), "clv")


def make_features(
    y: NDArray[np.float64] | list[float],
    twins: NDArray[np.int64] | None = None,
    groups: NDArray[np.int64] | None = None,
    task: str = "churn",
) -> Features:
    """Features of which only the number of rows, the label and the groups matter."""
    label = np.asarray(y, dtype=np.float64)
    X = pd.DataFrame({"x": np.arange(float(len(label)))})
    table = Table("made", X, "", {}, Lineage())
    return Features(
        table, "clean", task, X, None if task == "segments" else label,  # type: ignore[arg-type]
        np.arange(len(label)) if twins is None else twins, groups=groups,
    )  # fmt: skip


def label(n: int, share: float = 0.4) -> NDArray[np.float64]:
    return (np.random.default_rng(n).random(n) < share).astype(np.float64)


def fold_rows(planned: split.Split) -> list[tuple[list[int], list[int]]]:
    return [(fold.train.tolist(), fold.test.tolist()) for fold in (*planned.folds, planned.final)]


groupings = st.lists(st.integers(1, 9), min_size=25, max_size=60).map(
    lambda sizes: np.random.default_rng(len(sizes)).permutation(np.repeat(np.arange(len(sizes)), sizes))
)


@settings(max_examples=40, deadline=None)
@given(
    groupings,
    st.sampled_from(NAMES),
    st.sampled_from(["churn", "clv"]),
    st.integers(0, 9),
    st.integers(2, 5),
    st.sampled_from([0.1, 0.2, 0.25, 0.37]),
)
def test_folds_and_holdout_partition_the_rows_and_keep_groups_whole(
    twins: NDArray[np.int64], name: str, task: str, seed: int, n_splits: int, test_size: float
) -> None:
    n = len(twins)
    churned = np.random.default_rng(seed).random(int(twins.max()) + 1)[twins] < 0.5
    scheme = SplitSettings(name=name, n_splits=n_splits, test_size=test_size)
    try:
        planned = split.split_rows(make_features(churned, twins, task=task), scheme, DEFAULT, [seed])
    except DataError:
        return  # too few groups of a class by chance
    sealed = planned.final
    assert np.array_equal(np.sort(np.r_[sealed.train, sealed.test]), np.arange(n))
    held = np.concatenate([fold.test for fold in planned.folds])
    assert np.array_equal(np.sort(held), np.sort(sealed.train))
    for fold in planned.folds:
        assert np.array_equal(np.sort(np.r_[fold.train, fold.test]), np.sort(sealed.train))
    for fold in (*planned.folds, sealed):
        assert not set(twins[fold.train]) & set(twins[fold.test])
    if task == "clv":
        largest = np.bincount(twins).max()
        assert abs(len(sealed.test) - test_size * n) <= largest + 1
        assert np.ptp([len(fold.test) for fold in planned.folds]) <= largest


@given(st.integers(30, 80), st.sampled_from(NAMES[1:]), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_the_holdout_depends_on_its_own_seed_only(n: int, name: str, seed: int) -> None:
    features = make_features(label(n), np.arange(n) // 2)
    scheme = SplitSettings(name=name, n_splits=3)
    one, two = (split.split_rows(features, scheme, DEFAULT, [value]) for value in (seed, seed + 1))
    assert one.final.test.tolist() == two.final.test.tolist()
    assert fold_rows(one) != fold_rows(two)
    assert fold_rows(one) == fold_rows(split.split_rows(features, scheme, DEFAULT, [seed]))
    other = split.split_rows(features, scheme, SeedSettings(holdout=1), [seed])
    assert other.final.test.tolist() != one.final.test.tolist()


def test_replicates_have_the_folds_of_their_seeds_in_order() -> None:
    both = split.split_rows(CHURN, SplitSettings(), DEFAULT, [3, 8])
    assert [(fold.replicate, fold.number) for fold in both.folds] == [
        (r, f) for r in (0, 1) for f in range(5)
    ]
    alone = [split.split_rows(CHURN, SplitSettings(), DEFAULT, [seed]) for seed in (3, 8)]
    assert fold_rows(both)[:-1] == fold_rows(alone[0])[:-1] + fold_rows(alone[1])[:-1]
    pinned = split.split_rows(CHURN, SplitSettings(), SeedSettings(split=42), [3, 8])
    assert fold_rows(pinned)[:5] == fold_rows(pinned)[5:10]


def test_each_repeat_is_shuffled_anew_and_the_first_equals_the_plain_folds() -> None:
    plain = split.split_rows(CHURN, SplitSettings(), DEFAULT, [0])
    thrice = split.split_rows(CHURN, SplitSettings(name="repeated", n_repeats=3), DEFAULT, [0])
    assert len(thrice.folds) == 15
    assert fold_rows(thrice)[:5] == fold_rows(plain)[:5]
    assert fold_rows(thrice)[5:10] != fold_rows(thrice)[:5] != fold_rows(thrice)[10:15]
    # The largest allowed seed: seeds of repeats cannot be made by adding to it.
    largest = SeedSettings(split=2**32 - 1)
    free = replace(CHURN, twins=np.arange(238))
    assert len(split.split_rows(free, SplitSettings(n_repeats=2), largest, [0]).folds) == 10


@pytest.mark.parametrize("features", [CHURN, CLV], ids=["churn", "clv"])
def test_the_split_of_the_source_equals_scikit_learns(features: Features) -> None:
    planned = split.split_rows(
        features, SplitSettings(name="holdout", twins="keep"), SeedSettings(holdout=42), [0]
    )
    classes = features.y if features.task == "churn" else None
    train, test = train_test_split(np.arange(238), test_size=0.2, random_state=42, stratify=classes)
    assert (len(train), len(test)) == (190, 48)
    assert planned.final.train.tolist() == train.tolist()
    assert planned.final.test.tolist() == test.tolist()
    scheme = StratifiedKFold(5) if features.task == "churn" else KFold(5)
    theirs = [
        (train[fit].tolist(), train[held].tolist()) for fit, held in scheme.split(train, features.y[train])
    ]
    assert fold_rows(planned)[:-1] == theirs


@pytest.mark.parametrize("twins", ["keep", "group"])
def test_each_fold_has_its_share_of_churners(twins: str) -> None:
    for seed in range(5):
        planned = split.split_rows(CHURN, SplitSettings(twins=twins), SeedSettings(holdout=seed), [seed])
        assert CHURN.y is not None
        churners = [CHURN.y[fold.test].sum() for fold in planned.folds]
        # 60 churners: 12 in the holdout, 48 in five folds. Twins: six groups of 7, one of 6, and singles.
        assert sum(churners) in ((48,) if twins == "keep" else range(46, 51))
        assert np.ptp(churners) <= (1 if twins == "keep" else 4)


@pytest.mark.parametrize("task", ["churn", "clv"])
def test_twins_are_in_the_holdout_as_often_as_other_rows(task: Literal["churn", "clv"]) -> None:
    features = build(PURCHASING, FeatureSettings(fit="table"), task)
    drawn = np.zeros(238)
    for seed in range(300):
        sealed = split.split_rows(features, SplitSettings(), SeedSettings(holdout=seed), [0]).final.test
        assert 44 <= len(sealed) <= 52
        drawn[sealed] += 1
    profiles = np.unique(features.twins, return_index=True)[1]
    sizes = np.bincount(features.twins)
    assert drawn[profiles].mean() == pytest.approx(60, abs=1)
    assert drawn[profiles[sizes > 1]].mean() == pytest.approx(60, abs=2)
    assert drawn[profiles].min() >= 60 - 4.5 * np.sqrt(300 * 0.2 * 0.8)


def test_without_classes_groups_are_divided_into_folds_of_equal_size() -> None:
    twins = np.r_[np.repeat(np.arange(4), 10), np.arange(4, 64)]
    planned = split.split_rows(
        make_features(np.arange(100.0), twins, task="clv"), SplitSettings(), DEFAULT, [0]
    )
    assert len(planned.final.test) == 20
    assert [len(fold.test) for fold in planned.folds] == [16] * 5


@given(groupings)
@settings(max_examples=25, deadline=None)
def test_rows_that_share_a_twin_number_or_a_group_stay_together(twins: NDArray[np.int64]) -> None:
    groups = np.arange(len(twins)) // 3
    planned = split.split_rows(
        make_features(np.arange(float(len(twins))), twins, groups, "clv"),
        SplitSettings(n_splits=2), DEFAULT, [0],
    ) if len(_components(twins, groups)) > 8 else None  # fmt: skip
    for fold in (*planned.folds, planned.final) if planned else ():
        assert not set(twins[fold.train]) & set(twins[fold.test])
        assert not set(groups[fold.train]) & set(groups[fold.test])


def _components(twins: NDArray[np.int64], groups: NDArray[np.int64]) -> set[int]:
    """Numbers of connected groups: the smallest number spreads until nothing changes."""
    number, before = np.arange(len(twins)), None
    while before is None or not np.array_equal(number, before):
        before = number
        for part in (twins, groups):
            least = np.full(part.max() + 1, len(twins))
            np.minimum.at(least, part, number)
            number = least[part]
    return set(number.tolist())


def test_grouped_keeps_groups_whole_where_twins_may_be_separated() -> None:
    twins, groups = np.arange(60) % 30, np.arange(60) // 2
    features = make_features(label(60), twins, groups)
    planned = split.split_rows(
        features, SplitSettings(name="grouped", twins="keep", n_splits=3), DEFAULT, [0]
    )
    assert not planned.twins_grouped
    assert all(not set(groups[fold.train]) & set(groups[fold.test]) for fold in planned.folds)
    assert any(set(twins[fold.train]) & set(twins[fold.test]) for fold in planned.folds)
    free = split.split_rows(features, SplitSettings(twins="keep", n_splits=3), DEFAULT, [0])
    assert any(set(groups[fold.train]) & set(groups[fold.test]) for fold in free.folds)


def test_the_churn_label_is_learned_from_each_folds_training_side() -> None:
    planned = split.split_rows(CHURN, SplitSettings(), DEFAULT, [0, 1])
    differ = 0
    for fold in (*planned.folds, planned.final):
        assert fold.y_train is not None
        assert CHURN.y is not None
        own = purchasing_table.fit_churn(PURCHASING.frame.iloc[fold.train])
        assert np.array_equal(fold.y_train, own(PURCHASING.frame.iloc[fold.train]))
        assert np.array_equal(fold.y_test, own(PURCHASING.frame.iloc[fold.test]))
        differ += not np.array_equal(fold.y_train, CHURN.y[fold.train])
    assert differ > 0
    whole = build(PURCHASING, FeatureSettings(fit="table"), "churn")
    for fold in split.split_rows(whole, SplitSettings(), DEFAULT, [0]).folds:
        assert np.array_equal(fold.y_train, whole.y[fold.train])


def test_segments_have_folds_without_labels() -> None:
    planned = split.split_rows(make_features(np.zeros(40), task="segments"), SplitSettings(), DEFAULT, [0])
    assert [len(fold.test) for fold in planned.folds] == [7, 7, 6, 6, 6]
    assert planned.folds[0].y_train is planned.final.y_test is None
    whole = split.split_in_sample(make_features(np.zeros(40), task="segments"))
    assert len(whole.folds) == 1
    twice = split.split_in_sample(make_features(np.zeros(40), task="segments"), 2).folds
    assert [fold.replicate for fold in twice] == [0, 1]
    assert np.array_equal(whole.folds[0].train, whole.folds[0].test)


@pytest.mark.parametrize(
    ("features", "scheme", "message"),
    [
        (make_features(label(9)), SplitSettings(), "5 folds and a holdout are too many for 9 rows"),
        (make_features(np.zeros(60)), SplitSettings(), "the target has one class: no row is 1"),
        (make_features([1.0] * 5 + [0.0] * 60), SplitSettings(), "need more than 5 rows of class 1"),
        (
            make_features([1.0] * 6 + [0.0] * 60), SplitSettings(test_size=0.5),
            "5 folds are too many for the 3 rows of class 1",
        ),
        (
            make_features([1.0] * 8 + [0.0] * 90), SplitSettings(test_size=0.05),
            "the holdout would have none of the rows of class 1",
        ),
        (
            make_features(np.arange(11.0), task="clv"), SplitSettings(),
            "5 folds are too many for the 8 rows outside the holdout",
        ),
        (
            make_features(label(60), np.arange(60) // 10), SplitSettings(),
            "too many for 6 groups (rows that stay together)",
        ),
        (
            make_features([1.0] * 30 + [0.0] * 60, np.r_[np.arange(30) // 6, np.arange(5, 65)]),
            SplitSettings(),
            "need more than 5 groups (rows that stay together) of class 1",
        ),
        (
            make_features(label(60)), SplitSettings(name="grouped", twins="keep"),
            "split=grouped has no groups",
        ),
    ],
    ids=["rows", "class", "members", "side", "holdout", "amounts", "groups", "groups of a class", "nothing"],
)  # fmt: skip
def test_a_table_that_is_too_small_for_the_split_is_refused(
    features: Features, scheme: SplitSettings, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        split.split_rows(features, scheme, DEFAULT, [0])
    assert message in str(caught.value)
    assert "allowed:" in str(caught.value)
    assert ("equal rows on both sides" in str(caught.value)) == ("groups (rows" in message)


@given(st.integers(4, 40), st.integers(1, 12), st.integers(2, 12), st.sampled_from([0.05, 0.2, 0.5]))
@example(20, 3, 2, 0.05)  # a holdout of one row
@settings(max_examples=80, deadline=None)
def test_every_table_is_split_or_refused_with_a_message(
    n: int, churners: int, n_splits: int, size: float
) -> None:
    """scikit-learn's own errors and warnings never appear; the test suite turns warnings into errors."""
    y = np.arange(n) < churners
    for twins in (np.arange(n), np.arange(n) // 2):
        try:
            planned = split.split_rows(
                make_features(y, twins), SplitSettings(n_splits=n_splits, test_size=size), DEFAULT, [0]
            )
        except DataError:
            continue
        assert all(set(y[fold.test].tolist()) == {False, True} for fold in planned.folds)


def test_repeats_of_unshuffled_folds_are_refused() -> None:
    with pytest.raises(ConfigError, match="every repeat would be the same"):
        split.split_rows(CHURN, SplitSettings(name="holdout", n_repeats=2), DEFAULT, [0])


def test_outer_folds_divide_the_training_rows_and_leave_the_holdout_out() -> None:
    whole = split.split_rows(CHURN, SplitSettings(name="nested"), DEFAULT, [0])
    splits = [
        split.split_rows(CHURN, SplitSettings(name="nested", outer=each), DEFAULT, [0]) for each in range(5)
    ]
    held = [each.final.test.tolist() for each in splits]
    assert sorted(row for rows in held for row in rows) == whole.final.train.tolist()
    for each in splits:
        assert not set(whole.final.test) & {*each.final.train, *each.final.test}
        assert not set(each.final.train) & set(each.final.test)
        inside = [row for fold in each.folds for row in fold.test.tolist()]
        assert sorted(inside) == each.final.train.tolist()
