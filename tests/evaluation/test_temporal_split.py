"""Forward splits: holdout and validation rows are later than training rows, by at least the gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cip_exp.config.schemas import SeedSettings, SplitSettings
from cip_exp.errors import ConfigError, DataError
from cip_exp.evaluation import split
from cip_exp.evaluation.temporal_split import MIN_ROWS, temporal_folds, temporal_holdout
from cip_exp.records.lineage import Lineage
from cip_exp.records.table import Features, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT = SeedSettings()
TEMPORAL = SplitSettings(name="temporal")


def make_features(days: Sequence[int], horizon_days: float = 0.0, time: str | None = "day") -> Features:
    """Features of a dated table with a value as its target."""
    dates = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.array(days), unit="D")
    frame = pd.DataFrame({"day": dates, "x": np.arange(float(len(days)))})
    table = Table("made", frame, "", {}, Lineage(), time=time, horizon_days=horizon_days)
    return Features(table, "clean", "clv", frame[["x"]], np.arange(float(len(days))), np.arange(len(days)))


@given(
    st.lists(st.integers(0, 60), min_size=30, max_size=200), st.sampled_from([0.1, 0.2, 0.5]),
    st.sampled_from([0.0, 1.0, 7.0]),
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_the_holdout_is_the_latest_whole_dates(days: list[int], share: float, gap: float) -> None:
    time = np.array(days, dtype=np.float64)
    train, holdout = temporal_holdout(time, share, gap)
    assert not set(time[train]) & set(time[holdout])
    if len(np.unique(time)) > 1:
        first = time[holdout].min()
        assert holdout.tolist() == np.flatnonzero(time >= first).tolist()
        assert train.tolist() == np.flatnonzero((time < first) & (time <= first - gap)).tolist()
        assert np.sum(time > first) < share * len(time) or first == np.unique(time)[1]


@pytest.mark.parametrize("gap", [0.0, 1.0, 10.0])
def test_every_fold_is_validated_on_later_rows_beyond_the_gap(gap: float) -> None:
    time = np.repeat(np.arange(100.0), 5)
    pairs = temporal_folds(time, np.arange(400), 5, gap)
    assert len(pairs) == 5
    for train, test in pairs:
        assert time[train].max() < time[test].min()
        assert time[train].max() <= time[test].min() - gap
        assert min(len(train), len(test)) >= MIN_ROWS
    assert all(set(one) < set(other) for (one, _), (other, _) in zip(pairs, pairs[1:], strict=False))


def test_the_gap_is_the_horizon_unless_it_is_set() -> None:
    features = make_features(np.repeat(np.arange(100), 5).tolist(), horizon_days=9.0)
    for scheme, gap in ((TEMPORAL, 9), (SplitSettings(name="temporal", gap_days=2), 2)):
        final = split.split_rows(features, scheme, DEFAULT, [0]).final
        days = features.table.frame["day"]
        assert (days.iloc[final.test].min() - days.iloc[final.train].max()).days == max(gap, 1)


def test_a_training_period_that_is_too_short_has_shuffled_folds() -> None:
    features = make_features([0] * 100 + [5] * 30)
    planned = split.split_rows(features, TEMPORAL, DEFAULT, [0, 1])
    assert sorted(planned.final.test) == list(range(100, 130))
    for replicate in (0, 1):
        held_out = [fold.test for fold in planned.folds if fold.replicate == replicate]
        assert np.sort(np.concatenate(held_out)).tolist() == list(range(100))
    assert planned.folds[0].test.tolist() != planned.folds[5].test.tolist()


def test_forward_folds_are_the_same_for_every_seed() -> None:
    planned = split.split_rows(
        make_features(np.repeat(np.arange(100), 5).tolist()), TEMPORAL, DEFAULT, [0, 1]
    )
    half = len(planned.folds) // 2
    pairs = zip(planned.folds[:half], planned.folds[half:], strict=True)
    assert all(np.array_equal(one.test, other.test) for one, other in pairs)


def test_a_table_without_dates_or_with_too_short_a_history_is_refused() -> None:
    with pytest.raises(ConfigError, match="split=temporal needs dates, and data=made has none"):
        split.split_rows(make_features(range(100), time=None), TEMPORAL, DEFAULT, [0])
    with pytest.raises(DataError, match="only 0 rows are at least 500 days earlier than the holdout"):
        split.split_rows(make_features(range(100), horizon_days=500), TEMPORAL, DEFAULT, [0])
