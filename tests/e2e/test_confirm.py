"""Search, then confirm, by the real command: fresh splits, one opening of the holdout, nested searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.conftest import copy_store, run_train
from tests.e2e.conftest import run_sweep

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow.entities import Run

    from tests.e2e.conftest import Recorded

pytestmark = pytest.mark.slow

RIDGE = ("hparams_search=ridge_clv", "hydra/sweeper/sampler=random", "track.report=false")
TWICE = (
    *RIDGE, "seed=0,1", "hydra.sweeper.study_name=twice", "confirm.top=3", "confirm.repeats=2",
    "confirm.alpha=0",
)  # fmt: skip


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Recorded:
    """A search of eight trials, the best three of which are scored again."""
    outputs = tmp_path_factory.mktemp("confirm") / "outputs"
    copy_store(empty_store, outputs)
    return run_sweep(outputs, *TWICE, "hydra.sweeper.n_trials=8")


@pytest.fixture(scope="module")
def resumed(first: Recorded) -> Recorded:
    """The same search, resumed for two trials more."""
    return run_sweep(first.outputs, *TWICE, "hydra.sweeper.n_trials=10", "hydra.sweeper.resume=true")


def stage(found: Recorded, name: str) -> list[Run]:
    return [run for run in found.children if run.data.tags["cip.stage"] == name]


def test_the_winner_is_chosen_and_quoted_by_fresh_splits(first: Recorded) -> None:
    searched, again = stage(first, "search"), stage(first, "confirm")
    assert (len(searched), len(again)) == (8, 3)
    assert not any("cip.trial_number" in run.data.tags for run in again)
    best = sorted(searched, key=lambda run: -run.data.metrics["objective"])[:3]
    confirmed = {run.data.tags["cip.confirms"]: run for run in again}
    assert set(confirmed) == {run.data.tags["cip.trial_number"] for run in best}
    seeds = {run.data.tags["cip.seed"] for run in again}
    assert len(seeds) == 1
    assert not {"0", "1"} & set(seeds.pop().split(","))

    (winner,) = [run for run in searched if run.data.tags.get("cip.winner") == "true"]
    fresh = confirmed[winner.data.tags["cip.trial_number"]].data.metrics
    assert fresh["objective"] == max(run.data.metrics["objective"] for run in again)
    metrics = first.parent.data.metrics
    assert (metrics["n_trials"], metrics["n_confirm"], metrics["holdout_openings"]) == (8, 3, 1)
    assert metrics["best_cv_r2"] == fresh["cv_r2_mean"]
    assert metrics["optimism"] == winner.data.metrics["cv_r2_mean"] - fresh["cv_r2_mean"]
    assert metrics["best_test_r2"] == winner.data.metrics["test_r2"]
    assert metrics["quoted_r2_low"] <= metrics["quoted_r2"] <= metrics["quoted_r2_high"]
    assert metrics["quoted_r2"] == winner.data.metrics["quoted_r2"]
    assert first.summary["cv_mean"].item() == pytest.approx(metrics["best_cv_r2"], abs=1e-15)
    assert first.summary["n"].item() == 2
    assert first.figures == {name: value for name, value in metrics.items() if name in first.figures}


def test_a_resumed_search_confirms_again_and_counts_what_it_opens(resumed: Recorded) -> None:
    assert (len(stage(resumed, "search")), len(stage(resumed, "confirm"))) == (10, 3)
    (winner,) = resumed.winners
    assert winner.data.tags["cip.holdout_opening"] == "2"
    assert resumed.parent.data.metrics["holdout_openings"] == 2


def test_a_search_that_is_resumed_without_a_further_trial_keeps_its_winner(resumed: Recorded) -> None:
    fewer = ("hydra.sweeper.n_trials=4", "hydra.sweeper.resume=true")
    again = run_sweep(resumed.outputs, *TWICE, *fewer)

    assert again.parent.data.metrics["holdout_openings"] == 2
    assert again.ended.out.splitlines()[:8] == resumed.ended.out.splitlines()[:8]


def test_the_models_own_parameters_stay_unless_clearly_beaten(outputs: Path) -> None:
    search = (*RIDGE, "track=off", "hydra.sweeper.n_trials=5", "confirm.top=1", "confirm.repeats=2")
    alone = run_train(outputs, "-m", *search, "confirm.margin=1")
    assert alone.code == 2
    assert "hydra.sweeper.enqueue=[defaults]" in alone.err
    assert not outputs.exists()

    found = run_sweep(
        outputs, *search, "model.alpha=interval(0.001,1000)", "confirm.margin=10",
        "hydra.sweeper.enqueue=[defaults]",
    )  # fmt: skip
    trials = pd.read_csv(found.folder / "trials.csv")
    assert trials["model.alpha"].tolist()[0] == 1
    (winner,) = trials.index[trials["winner"].eq(True)]
    assert winner == 0
    assert "the model's own parameters" in found.ended.out
    assert found.figures["n_confirm"] == len({int(trials["objective"].idxmax()), 0})


def test_where_rows_divide_one_way_only_nothing_is_confirmed(outputs: Path) -> None:
    one_way = ("split=holdout", "split.twins=keep", "track=off", "hydra.sweeper.n_trials=2")
    figures = run_sweep(outputs, *RIDGE, *one_way).figures

    assert figures["n_confirm"] == 0
    assert "optimism" not in figures
    assert "quoted_r2" in figures


def test_a_nested_search_has_a_study_for_each_outer_fold(outputs: Path) -> None:
    found = run_sweep(
        outputs, *RIDGE, "split=nested", "split.n_splits=3", "split.outer_folds=[null,0,1,2]", "track=off",
        "hydra.sweeper.n_trials=2", "confirm.top=1", "confirm.repeats=1",
    )  # fmt: skip

    figures, summary = found.figures, found.summary
    assert (figures["n_trials"], figures["n_outer_folds"], figures["n_confirm"]) == (8, 3, 4)
    outer = summary[summary["split.outer"].notna()]
    assert outer["split.outer"].tolist() == [0, 1, 2]
    assert figures["nested_r2"] == pytest.approx(outer["test_mean"].mean())
    (whole,) = summary.loc[summary["split.outer"].isna(), "test_mean"]
    assert figures["best_test_r2"] == whole
    assert figures["holdout_openings"] == 1


def test_two_objectives_are_searched_at_once(outputs: Path) -> None:
    found = run_sweep(
        outputs, "hparams_search=rf_clv", "objective=pareto", "model.n_estimators=10", "track=off",
        "hydra.sweeper.n_trials=4", "confirm.top=2", "confirm.repeats=1", "track.report=false",
    )  # fmt: skip

    trials = pd.read_csv(found.folder / "trials.csv")
    assert trials["objective_against"].tolist() == (-trials["gap_r2"]).tolist()
