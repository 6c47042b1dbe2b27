"""Only scores of the same rows in the same folds are paired."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cip_exp.evaluation import statistics
from cip_exp.records.grouping import has_fixed_folds
from cip_exp.report.comparison.arms import Arm
from cip_exp.report.comparison.pairing import ScoreDifference, compare_arms

if TYPE_CHECKING:
    from tests.report.conftest import Record

HIGH = (0.8, 0.6, 0.9, 0.7)
LOW = (0.5, 0.5, 0.6, 0.4)


def arm(*trials: Any) -> Arm:
    return Arm("an arm", trials)


def test_pairs_are_of_the_same_seed_and_fold(record: Record) -> None:
    first = arm(record(0, folds=LOW[:2], seed="0"), record(1, folds=LOW[2:], seed="1"))
    second = arm(record(2, folds=(*HIGH[2:], *HIGH[:2]), seed="1,0"))  # two replicates in one trial
    found = compare_arms(first, second)
    assert isinstance(found, ScoreDifference)
    assert found.comparison == statistics.corrected_t(np.subtract(HIGH, LOW), 0.25)
    assert (found.paired, found.seeds, found.note) == (True, 2, "")
    assert (found.first, found.second) == (pytest.approx(0.5), pytest.approx(0.75))


def test_seeds_that_only_one_side_has_are_left_out_with_a_note(record: Record) -> None:
    first = arm(record(0, folds=LOW[:2], seed="0"), record(1, folds=LOW[2:], seed="1"))
    found = compare_arms(first, arm(record(2, folds=HIGH[2:], seed="1")))
    assert isinstance(found, ScoreDifference)
    assert (found.seeds, found.comparison.n, found.first) == (1, 2, 0.5)
    assert "seeds that only one side has, left out: 1" in found.note


def test_folds_that_all_seeds_share_are_counted_once(record: Record) -> None:
    pinned = {"params": {"seeds.split": "42"}}
    one, two = (arm(record(0, folds=scores, seed="0,1", **pinned)) for scores in (LOW, HIGH))
    found = compare_arms(one, two)
    assert isinstance(found, ScoreDifference)
    assert found.comparison == statistics.corrected_t(
        [((0.8 - 0.5) + (0.9 - 0.6)) / 2, ((0.6 - 0.5) + (0.7 - 0.4)) / 2], 0.25
    )
    assert found.seeds == 2


@pytest.mark.parametrize(
    ("params", "ratio", "fixed"),
    [
        ({}, 0.25, False),
        ({"seeds.split": "42"}, 0.25, True),
        ({"split.name": "holdout"}, 0.25, True),
        ({"split.name": "temporal", "split.n_splits": "5"}, 0.46, True),
        ({"split.name": "temporal", "split.n_splits": "5"}, 0.251, False),  # shuffled: too short a history
        ({"model.scored": "in_sample"}, 1.0, True),
    ],
)
def test_which_folds_all_seeds_share(
    record: Record, params: dict[str, str], ratio: float, fixed: bool
) -> None:
    assert has_fixed_folds(record(0, params=params, test_ratio=ratio)) is fixed


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tags": {"cip.data_sha256": "fedcba98"}}, "the tables differ: shop 01234567 against shop fedcba98"),
        ({"params": {"split.twins": "keep"}}, "split.twins: null against keep"),
        ({"params": {"split.name": "kfold", "split.twins": "keep"}}, "split.name: stratified against kfold"),
        ({"params": {"seeds.holdout": "7"}}, "seeds.holdout: null against 7"),
        ({"params": {"data.target": "left"}}, "data.target: null against left"),
        ({"seed": "5,6"}, "no seed in common: 0,1 against 5,6"),
    ],
)
def test_what_shares_no_folds_is_refused_and_compared_as_independent_on_request(
    record: Record, changes: dict[str, Any], reason: str
) -> None:
    first = arm(record(0, folds=LOW, seed="0,1"))
    second = arm(record(1, **{"folds": HIGH, "seed": "0,1", **changes}))
    refused = compare_arms(first, second)
    assert isinstance(refused, str)
    assert refused.startswith(reason)
    found = compare_arms(first, second, unpaired=True)
    assert isinstance(found, ScoreDifference)
    assert not found.paired
    assert reason in found.note
    assert found.comparison == statistics.unpaired_t(LOW, HIGH, (0.25, 0.25))
    assert ("the rows are the same" in found.note) is ("tables" not in reason)


def test_different_tasks_are_never_compared(record: Record) -> None:
    other = record(1, task="clv", primary="r2", folds=(0.1, 0.2))
    other = type(other)(**{**vars(other), "folds": {"r2": (0.1, 0.2)}})
    assert compare_arms(arm(record(0)), arm(other), unpaired=True) == "task: churn against clv"


@pytest.mark.parametrize("unpaired", [False, True])
def test_where_less_is_better_a_gain_is_still_a_gain(record: Record, unpaired: bool) -> None:
    made = [record(n, primary="log_loss", params={"split.twins": str(n * unpaired)}) for n in range(2)]
    one, two = (
        arm(type(each)(**{**vars(each), "folds": {"log_loss": scores}}))
        for each, scores in zip(made, [(0.9, 0.8), (0.3, 0.4)], strict=True)
    )
    found = compare_arms(one, two, unpaired=unpaired)
    assert isinstance(found, ScoreDifference)
    assert found.comparison.difference == pytest.approx(0.5)
    assert (found.first, found.second) == (pytest.approx(0.85), pytest.approx(0.35))
