"""The overtuning benchmark on small samples: its searches, its counts of fits and its statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import optuna
import pytest

from benchmarks.overtuning import methods, tally
from benchmarks.overtuning.__main__ import load, quick, run
from benchmarks.overtuning.fits import Bench
from benchmarks.overtuning.measure import records
from benchmarks.overtuning.tables import TABLES, draw, read

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "carData/BEPS"


@pytest.fixture(scope="module", autouse=True)
def quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(draw(read(TABLE), 60, 0), "tree_churn", train_scores=True)


def test_no_table_is_in_both_halves_and_samples_divide_their_rows() -> None:
    assert set(TABLES["quoted"]).isdisjoint(TABLES["tuning"])
    assert len(TABLES["quoted"]) >= 10
    sample = draw(read(TABLE), 60, 0)
    everything = np.r_[sample.train, sample.holdout, sample.truth]
    assert (len(sample.train), len(sample.holdout)) == (60, 15)
    assert len(np.unique(everything)) == len(everything)
    assert not np.array_equal(sample.train, draw(read(TABLE), 60, 1).train)


def test_a_search_reports_its_best_value_and_a_confirmation_counts_its_fits(bench: Bench) -> None:
    found = methods.search(bench, "roc_auc", "random", 6)
    assert len(found.trials) == 6
    assert found.reported == max(value for _, value in found.trials)
    again = methods.confirmed(bench, "roc_auc", found, finalists=3, fresh=2)
    assert again.fits == 6 * 5 + 3 * 2 * 5
    assert again.parts["search"] <= found.reported
    assert again.reported == pytest.approx(bench.scores(again.winner, "roc_auc", range(1, 3)).mean())
    raced = methods.confirmed(bench, "roc_auc", found, alpha=0.4, finalists=3, fresh=2)
    assert raced.fits <= again.fits


def test_stopped_trials_cannot_win(bench: Bench) -> None:
    whole = methods.search(bench, "roc_auc", "random", 12)
    early = methods.stopped(bench, "roc_auc", "random", 12, alpha=0.5)
    assert early.fits < whole.fits
    assert all(each in whole.trials for each in early.trials)


def test_a_gap_penalty_of_zero_is_the_mean(bench: Bench) -> None:
    params = {"model.max_depth": 3}
    assert methods.gap_penalty(0.0)(bench, params, "f1") == methods.mean(bench, params, "f1")
    assert methods.gap_penalty(1.0)(bench, params, "f1") <= methods.mean(bench, params, "f1")
    assert methods.worst_seed(bench, params, "f1") <= methods.repeated(bench, params, "f1")


def test_a_stopped_run_continues_and_the_page_names_every_method(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    todo = quick(["tree"])
    run(todo[:1], path, np.inf, trials=10)
    first = load(path)
    run(todo, path, np.inf, trials=10)
    everything = load(path)
    assert everything[: len(first)] == first
    assert {each["metric"] for each in everything} == {"roc_auc", "f1", "r2"}
    assert all(each["best_known"] >= each["default"] for each in everything)
    page = tally.page(everything)
    for name in ("mean", "lower_bound", "gap_penalty 1", "stop, confirm", "BBC-CV", "**confirm, quoted**"):
        assert f"| {name}" in page


def test_values_of_relative_overtuning() -> None:
    record = {"first": 0.70, "best_incumbent": 0.80, "truth": 0.75}
    assert tally.overtuning(record) == pytest.approx(0.5)
    assert tally.overtuning({**record, "truth": 0.60}) == 1.0
    assert tally.overtuning({**record, "truth": 0.82}) == 0.0
    assert np.isnan(tally.overtuning({**record, "first": 0.80}))


def test_values_of_intervals_and_holms_correction() -> None:
    assert tally.interval(np.full(10, 0.2)) == pytest.approx((0.2, 0.2))
    assert tally.holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})


def test_records_are_reproducible() -> None:
    once, again = (records("modeldata/deliveries", 60, 0, "tree", False, trials=5) for _ in range(2))
    assert once == again
