"""Search, then confirm, by the real command: fresh splits, one opening of the holdout, nested searches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tests.e2e.test_commands import kinds, newest_sweep, runs_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.slow

RIDGE = ("-m", "hparams_search=ridge_clv", "hydra/sweeper/sampler=random")


def figures(outputs: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((newest_sweep(outputs) / "figures.json").read_text("utf-8"))
    return found


def test_the_winner_is_chosen_and_quoted_by_fresh_splits(train: Command, outputs: Path) -> None:
    confirm = ("confirm.top=3", "confirm.repeats=2", "confirm.alpha=0")
    ended = train(*RIDGE, "seed=0,1", "hydra.sweeper.n_trials=8", *confirm)

    assert ended.code == 0, ended.err
    found = kinds(runs_of(outputs))
    (parent,) = found["sweep"]
    by_stage = {
        stage: [run for run in found["trial"] if run.data.tags["cip.stage"] == stage]
        for stage in ("search", "confirm")
    }
    assert [len(by_stage[stage]) for stage in ("search", "confirm")] == [8, 3]
    assert not any("cip.trial_number" in run.data.tags for run in by_stage["confirm"])
    best = sorted(by_stage["search"], key=lambda run: -run.data.metrics["objective"])[:3]
    confirmed = {run.data.tags["cip.confirms"]: run for run in by_stage["confirm"]}
    assert set(confirmed) == {run.data.tags["cip.trial_number"] for run in best}
    seeds = {run.data.tags["cip.seed"] for run in by_stage["confirm"]}
    assert len(seeds) == 1
    assert not {"0", "1"} & set(seeds.pop().split(","))

    (winner,) = [run for run in by_stage["search"] if run.data.tags.get("cip.winner") == "true"]
    again = confirmed[winner.data.tags["cip.trial_number"]].data.metrics
    assert again["objective"] == max(run.data.metrics["objective"] for run in by_stage["confirm"])
    told = parent.data.metrics
    assert (told["n_trials"], told["n_confirm"], told["holdout_openings"]) == (8, 3, 1)
    assert told["best_cv_r2"] == again["cv_r2_mean"]
    assert told["optimism"] == winner.data.metrics["cv_r2_mean"] - again["cv_r2_mean"]
    assert told["best_test_r2"] == winner.data.metrics["test_r2"]
    assert told["quoted_r2_low"] <= told["quoted_r2"] <= told["quoted_r2_high"]
    assert told["quoted_r2"] == winner.data.metrics["quoted_r2"]
    summary = pd.read_csv(newest_sweep(outputs) / "summary.csv")
    assert summary["cv_mean"].item() == pytest.approx(told["best_cv_r2"], abs=1e-15)
    assert summary["n"].item() == 2
    assert figures(outputs) == {name: value for name, value in told.items() if name in figures(outputs)}


def test_the_models_own_parameters_stay_unless_clearly_beaten(train: Command, outputs: Path) -> None:
    search = (*RIDGE, "track=off", "hydra.sweeper.n_trials=5", "confirm.top=1", "confirm.repeats=2")
    alone = train(*search, "confirm.margin=1")
    assert alone.code == 2
    assert "hydra.sweeper.enqueue=[defaults]" in alone.err
    assert not outputs.exists()

    ended = train(
        *search, "model.alpha=interval(0.001,1000)", "confirm.margin=10", "hydra.sweeper.enqueue=[defaults]"
    )
    assert ended.code == 0, ended.err
    trials = pd.read_csv(newest_sweep(outputs) / "trials.csv")
    assert trials["model.alpha"].tolist()[0] == 1
    (winner,) = trials.index[trials["winner"].eq(True)]
    assert winner == 0
    assert "the model's own parameters" in ended.out
    assert figures(outputs)["n_confirm"] == len({int(trials["objective"].idxmax()), 0})


def test_a_resumed_search_confirms_anew_and_counts_what_it_opens(train: Command, outputs: Path) -> None:
    named = (*RIDGE, "hydra.sweeper.study_name=twice", "confirm.top=2", "confirm.repeats=2")
    assert train(*named, "hydra.sweeper.n_trials=3").code == 0
    ended = train(*named, "hydra.sweeper.n_trials=6", "hydra.sweeper.resume=true")

    assert ended.code == 0, ended.err
    found = kinds(runs_of(outputs))
    stages = [run.data.tags["cip.stage"] for run in found["trial"]]
    assert (stages.count("search"), stages.count("confirm")) == (6, 2)
    (winner,) = [run for run in found["trial"] if run.data.tags.get("cip.winner") == "true"]
    assert winner.data.tags["cip.holdout_opening"] == "2"
    assert found["sweep"][0].data.metrics["holdout_openings"] == 2

    again = train(*named, "hydra.sweeper.n_trials=4", "hydra.sweeper.resume=true")
    assert again.code == 0, again.err
    assert kinds(runs_of(outputs))["sweep"][0].data.metrics["holdout_openings"] == 2
    assert again.out.splitlines()[:8] == ended.out.splitlines()[:8]


def test_where_rows_divide_one_way_only_nothing_is_confirmed(train: Command, outputs: Path) -> None:
    ended = train(*RIDGE, "split=holdout", "split.twins=keep", "track=off", "hydra.sweeper.n_trials=2")

    assert ended.code == 0, ended.err
    assert figures(outputs)["n_confirm"] == 0
    assert "optimism" not in figures(outputs)
    assert "quoted_r2" in figures(outputs)


def test_a_nested_search_has_a_study_for_each_outer_fold(train: Command, outputs: Path) -> None:
    ended = train(
        *RIDGE, "split=nested", "track=off", "hydra.sweeper.n_trials=2", "confirm.top=1", "confirm.repeats=1"
    )

    assert ended.code == 0, ended.err
    found = figures(outputs)
    assert (found["n_trials"], found["n_outer_folds"], found["n_confirm"]) == (12, 5, 6)
    summary = pd.read_csv(newest_sweep(outputs) / "summary.csv")
    outer = summary[summary["split.outer"].notna()]
    assert outer["split.outer"].tolist() == [0, 1, 2, 3, 4]
    assert found["nested_r2"] == pytest.approx(outer["test_mean"].mean())
    (whole,) = summary.loc[summary["split.outer"].isna(), "test_mean"]
    assert found["best_test_r2"] == whole
    assert found["holdout_openings"] == 1


def test_two_objectives_are_searched_at_once(train: Command, outputs: Path) -> None:
    ended = train("-m", "hparams_search=rf_clv", "objective=pareto", "model.n_estimators=10", "track=off",
                  "hydra.sweeper.n_trials=4", "confirm.top=2", "confirm.repeats=1")  # fmt: skip

    assert ended.code == 0, ended.err
    trials = pd.read_csv(newest_sweep(outputs) / "trials.csv")
    assert trials["objective_against"].tolist() == (-trials["gap_r2"]).tolist()
