"""The summary and the trials table: columns in the documented order, values by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.records.grouping import axis_values, join_verdicts
from cip_exp.records.trial import Trial
from cip_exp.report import tables

COLUMNS = [
    "n", "metric", "cv_mean", "cv_se", "ci_low", "ci_high", "test_mean", "gap_mean", "objective", "verdict",
]  # fmt: skip


def made(number: int, *overrides: str, folds: tuple[float, ...] = (0.5, 0.7), **changes: Any) -> Trial:
    fields: dict[str, Any] = {
        "state": "complete", "params": {}, "tags": {"cip.verdict": "ok", "cip.model": "m", "cip.seed": "0"},
        "metrics": {"gap_f1": 0.1}, "folds": {"f1": folds}, "task": "churn", "primary": "f1",
        "objective": 0.6, "number": number, "overrides": overrides, "test_ratio": 0.25,
        "started": 10.0, "ended": 12.5,
    }  # fmt: skip
    return Trial(**(fields | changes))


def test_the_row_of_a_cell_equals_a_calculation_by_hand() -> None:
    trials = [
        made(0, "model=a", "seed=0", folds=(0.6, 0.7, 0.8), metrics={"gap_f1": 0.1, "test_f1": 0.5}),
        made(1, "model=a", "seed=1", folds=(0.9, 1.0, 0.8), metrics={"gap_f1": 0.3}, objective=0.8),
    ]
    frame = tables.summary(trials, ["model"])
    assert list(frame.columns) == ["model", *COLUMNS]
    (row,) = frame.to_dict("records")
    # Six folds: variance 0.02; (1/6 + 1/4) × 0.02 = 1/120; Student's t with 5 degrees of freedom 2.570582.
    assert row["model"] == "a"
    assert row["n"] == 2
    assert row["metric"] == "f1"
    assert row["cv_mean"] == pytest.approx(0.8)
    assert row["cv_se"] == pytest.approx(math.sqrt(1 / 120))
    assert row["ci_low"] == pytest.approx(0.8 - 2.570582 * math.sqrt(1 / 120))
    assert row["ci_high"] == 1.0  # 1.0347, cut at the metric's bound
    assert row["test_mean"] == 0.5
    assert row["gap_mean"] == pytest.approx(0.2)
    assert row["objective"] == pytest.approx(0.7)
    assert row["verdict"] == "ok"


def test_ten_seeds_on_the_same_folds_do_not_count_as_more_folds() -> None:
    pinned = {"params": {"seeds.split": "42"}}
    trials = [made(seed, f"seed={seed}", folds=(0.6, 0.8, 0.7), **pinned) for seed in range(10)]
    row, alone = tables.summarise(trials), tables.summarise(trials[:1])
    assert row["n"] == 10
    for name in ("cv_mean", "cv_se", "ci_low", "ci_high"):
        assert row[name] == pytest.approx(alone[name])


def test_cells_are_in_the_order_of_the_trials() -> None:
    trials = [
        made(0, "model=b", "features=y", "seed=0"), made(1, "model=a", "features=y", "seed=0"),
        made(2, "model=b", "features=y", "seed=1"), made(3, "model=a", "+features=x"),
    ]  # fmt: skip
    assert axis_values(trials[3], ["+features"]) == ("x",)
    frame = tables.summary(trials, ["model", "features"])
    assert frame[["model", "features", "n"]].to_numpy().tolist() == [
        ["b", "y", 2], ["a", "y", 1], ["a", "x", 1],
    ]  # fmt: skip


def test_without_axes_there_is_one_row() -> None:
    frame = tables.summary([made(0, "seed=0"), made(1, "seed=1")], [])
    assert list(frame.columns) == COLUMNS
    assert frame["n"].tolist() == [2]


def test_a_trial_over_several_seeds_counts_each_as_a_replicate() -> None:
    several = made(0, tags={"cip.verdict": "ok", "cip.seed": "0,1,2"})
    assert tables.summarise([several])["n"] == 3
    assert tables.summarise([several, made(1)])["n"] == 4


def test_only_complete_trials_count() -> None:
    trials = [
        made(0, "model=a"),
        made(1, "model=a", state="failed", folds=()),
        made(2, "model=b", state="pruned"),
    ]
    assert tables.summary(trials, ["model"])["n"].tolist() == [1]
    assert list(tables.summary([], ["model"]).columns) == ["model", *COLUMNS]


def test_one_fold_has_no_error_and_no_interval() -> None:
    row = tables.summarise([made(0, folds=(0.6,))])
    assert row["cv_mean"] == 0.6
    assert all(math.isnan(row[name]) for name in ("cv_se", "ci_low", "ci_high", "test_mean"))


def test_the_interval_of_an_amount_has_no_lower_bound() -> None:
    row = tables.summarise([replace(made(0), task="clv", primary="r2", folds={"r2": (-5.0, 1.0)})])
    assert row["ci_low"] < -20
    assert row["ci_high"] == 1.0


def test_a_swept_objective_has_its_own_column_besides_its_value() -> None:
    trials = [made(0, "objective=mean"), made(1, "objective=lower_bound", objective=0.4)]
    frame = tables.summary(trials, ["objective"])
    assert list(frame.columns) == ["objective.name", *COLUMNS]
    assert frame["objective.name"].tolist() == ["mean", "lower_bound"]
    assert frame["objective"].tolist() == [0.6, 0.4]
    each = tables.trials_table(trials)
    assert each["objective.name"].tolist() == ["mean", "lower_bound"]
    assert each["objective"].tolist() == [0.6, 0.4]


@pytest.mark.parametrize(
    ("verdicts", "word"),
    [
        (["ok", "ok"], "ok"),
        (["ok", "suspect"], "suspect"),
        (["unaudited"], "unaudited"),
        (["ok", "degenerate", "leaky"], "leaky,degenerate"),
        (["duplicated,degenerate", "leaky,duplicated", "suspect"], "leaky,duplicated,degenerate"),
    ],
)
def test_several_verdicts_are_joined_into_one(verdicts: list[str], word: str) -> None:
    assert join_verdicts(verdicts) == word


@given(st.lists(st.sampled_from(["ok", "suspect", "leaky", "duplicated", "leaky,degenerate"]), min_size=1))
def test_the_order_of_verdicts_does_not_matter(verdicts: list[str]) -> None:
    assert join_verdicts(verdicts) == join_verdicts(verdicts[::-1])
    assert join_verdicts([*verdicts, join_verdicts(verdicts)]) == join_verdicts(verdicts)


def test_the_trials_table_has_one_row_per_trial() -> None:
    failed = made(
        1, "model=b", "seed=1", state="failed", folds=(), metrics={}, objective=math.nan, error="it broke"
    )
    frame = tables.trials_table([made(0, "+model=a", "seed=0", run_id="abc"), failed])
    one, two = frame.to_dict("records")
    assert list(frame.columns)[:6] == ["number", "run_id", "state", "seconds", "model", "seed"]
    assert (one["number"], one["run_id"], one["state"], one["seconds"]) == (0, "abc", "complete", 2.5)
    assert (one["model"], one["seed"], one["verdict"], one["gap_f1"]) == ("a", "0", "ok", 0.1)
    assert (two["state"], two["error"], two["model"]) == ("failed", "it broke", "b")
    assert pd.isna(two["objective"])
    assert pd.isna(two["gap_f1"])
