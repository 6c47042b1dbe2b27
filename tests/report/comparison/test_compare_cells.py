"""Compare sweeps and runs: which cells are paired, the sentence of each pair, what is refused."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

import cip_exp
from cip_exp.errors import DataError
from cip_exp.evaluation.statistics import holm
from cip_exp.report.comparison import comparison_table
from cip_exp.report.comparison.arms import find_arms
from cip_exp.report.comparison.compare_cells import COLUMNS, compare_cells, refusals, sentence
from cip_exp.track import sweep_folder

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.records.trial import Trial
    from tests.report.conftest import Record

A, B, C = (0.50, 0.52, 0.49, 0.51), (0.70, 0.71, 0.69, 0.72), (0.50, 0.55, 0.46, 0.50)


def write(path: Path, *trials: Trial) -> Path:
    for trial in trials:
        sweep_folder.write_trial(path, trial)
    return path


@pytest.fixture
def grid(outputs: Path, record: Record) -> Path:
    """Two models by two sets of features, seeds 0 and 1; one cell leaks."""
    rows = [("rf", "clean", A), ("rf", "leaky", B), ("ridge", "clean", C)]
    trials = []
    for number, (model, features, scores) in enumerate(rows):
        for seed in range(2):
            overrides = (f"model={model}", f"features={features}", f"seed={seed}")
            verdict = {"cip.verdict": features.replace("clean", "ok"), "cip.model": model}
            part = scores[2 * seed : 2 * seed + 2]
            trials.append(record(2 * number + seed, *overrides, folds=part, seed=str(seed), tags=verdict))
    return write(outputs / "sweeps" / "grid", *trials)


def test_all_cells_of_a_sweep_are_compared_with_each_other(grid: Path) -> None:
    frame = cip_exp.compare_cells("latest")
    assert list(frame.columns) == list(COLUMNS)
    assert frame[["first", "second"]].to_numpy().tolist() == [
        ["rf clean", "rf leaky"], ["rf clean", "ridge clean"], ["rf leaky", "ridge clean"],
    ]  # fmt: skip
    assert frame["difference"].tolist() == pytest.approx([0.2, -0.0025, -0.2025])
    assert frame["p_holm"].tolist() == pytest.approx(holm(frame["p"]).tolist())
    assert (frame[["p_worse", "p_equal", "p_better"]].sum(axis=1) - 1).abs().max() < 1e-12
    assert (frame["detectable"] > 0).all()
    one, two, _ = frame["sentence"]
    assert one.startswith("rf leaky is better by 0.200")
    assert one.endswith("a leak affects the score of rf leaky")
    assert two.startswith("no difference was found; the smallest that 4 of 5")
    assert compare_cells(grid).equals(frame)


def test_load_folds_has_one_row_per_fold(grid: Path) -> None:
    frame = cip_exp.load_folds(grid)
    assert len(frame) == 12
    assert frame.pivot_table("score", ["seed", "fold"], ["model", "features"])["ridge", "clean"].tolist() == (
        list(C)
    )


def test_cells_of_two_sweeps_are_paired_by_name(grid: Path, record: Record) -> None:
    trials = [
        record(n, f"model={model}", "features=clean", folds=B, seed="0,1", tags={"cip.model": model})
        for n, model in enumerate(("ridge", "hgb"))
    ]
    other = write(grid.parent / "other", *trials)
    frame = compare_cells(grid, other)
    assert frame[["first", "second"]].to_numpy().tolist() == [
        # Without a common name (`ridge` is not `ridge clean`) each is compared with each.
        [f"A {mine}", f"B {theirs}"]
        for mine in ("rf clean", "rf leaky", "ridge clean") for theirs in ("ridge", "hgb")
    ]  # fmt: skip
    again = compare_cells(other, write(grid.parent / "third", *(replace(t, folds={"f1": A}) for t in trials)))
    assert again["first"].tolist() == ["A ridge", "A hgb"]
    assert again["second"].tolist() == ["B ridge", "B hgb"]


def test_runs_and_trials_are_found_by_their_ids(grid: Path, outputs: Path, record: Record) -> None:
    one, two = "0" * 32, "1" * 32
    write(outputs / "runs" / "alone", record(0, "model=rf", folds=A, run_id=one))
    write(grid, record(9, "model=hgb", "features=clean", folds=B, run_id=two, tags={"cip.model": "hgb"}))
    frame = compare_cells(one, two)
    assert frame[["first", "second"]].to_numpy().tolist() == [["A rf clean", "B hgb clean"]]
    assert compare_cells("alone", two)["difference"].tolist() == frame["difference"].tolist()


def test_of_a_search_the_winners_are_compared_by_their_confirmed_scores(
    outputs: Path, record: Record
) -> None:
    def searched(number: int, axis: str, folds: tuple[float, ...], winner: bool) -> Trial:
        tags = {"cip.stage": "search", "cip.trial_number": str(number)} | (
            {"cip.winner": "true"} if winner else {}
        )
        return record(number, f"features={axis}", f"model.depth={number}", folds=folds, seed="0,1", tags=tags)

    rows = [("clean", A, False), ("clean", B, True), ("strict", C, True)]
    sweep = write(outputs / "sweeps" / "found", *(searched(n, *row) for n, row in enumerate(rows)))
    clean, strict = find_arms(sweep)
    assert (clean.name, clean.trials[0].number, clean.note) == (
        "clean",
        1,
        "scored on the folds that selected it",
    )
    write(sweep / "confirm", record(1, "features=clean", folds=A, seed="7,8", tags={"cip.stage": "confirm"}))
    confirmed, _ = find_arms(sweep)
    assert (confirmed.name, confirmed.note, list(confirmed.scores())) == ("clean", "", [7, 8])
    assert strict.name == "strict"


def test_an_unfinished_search_has_no_winner_to_compare(outputs: Path, record: Record) -> None:
    trials = [record(n, f"model.depth={n}", tags={"cip.stage": "search"}) for n in range(2)]
    write(outputs / "sweeps" / "open", *trials)
    with pytest.raises(DataError, match="'open' has no winner to compare"):
        compare_cells("open")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("nothing",), "there is no sweep or run 'nothing'"),
        (("f" * 32, "grid"), "there is no sweep or run 'ffff"),
        (("grid", "latest"), "the same trials"),
        (("single",), "has one cell, rf clean"),
        (("failed",), "has no complete trial"),
    ],
)
def test_the_error_states_what_cannot_be_compared(
    grid: Path, record: Record, given: tuple[str, ...], message: str
) -> None:
    write(grid.parents[1] / "runs" / "single", record(0))
    write(grid.parents[1] / "runs" / "failed", record(0, state="failed", folds=()))
    with pytest.raises(DataError, match=message):
        compare_cells(*given)


def test_cells_of_other_folds_are_refused_with_the_reason(outputs: Path, record: Record) -> None:
    trials = [
        record(n, f"split.twins={twins}", folds=A, params={"split.twins": twins})
        for n, twins in enumerate(("keep", "group"))
    ]
    sweep = write(outputs / "sweeps" / "twins", *trials)
    frame = compare_cells(sweep)
    assert frame["p"].isna().all()
    assert refusals(frame) == ["1 pair: split.twins: keep against group"]
    apart = compare_cells(sweep, unpaired=True)
    assert apart["sentence"][0].startswith("compared as independent: no difference was found")
    assert not apart["paired"][0]


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        (
            {"p_equal": 0.97},
            "practically equal, within ±0.01; no difference was found, and the smallest that",
        ),
        ({}, "no difference was found; the smallest that 4 of 5 such comparisons would find is 0.040"),
        (
            {"p_holm": 0.01},
            "second is better by 0.030 (0.010 to 0.050); a difference smaller than 0.040 could",
        ),
        ({"p_holm": 0.01, "difference": -0.03}, "first is better by 0.030 (0.010 to 0.050)"),
        ({"p_holm": 0.01, "p_equal": 0.96}, "too small to matter: it is within ±0.01"),
        ({"se": 0.0, "difference": 0.0}, "they score the same on every fold"),
        ({"se": 0.0}, "every fold differs by 0.03"),
        ({"folds": 1}, "fewer than two independent folds"),
    ],
)
def test_the_sentence_of_one_comparison(figures: dict[str, float], words: str) -> None:
    row = {
        "first": "first", "second": "second", "folds": 10, "difference": 0.03, "se": 0.01, "ci_low": 0.01,
        "ci_high": 0.05, "p_holm": 0.2, "p_equal": 0.1, "detectable": 0.04,
    }  # fmt: skip
    assert words in sentence(row | figures, 0.01)


def test_the_printed_table_always_has_the_detectable_difference(grid: Path) -> None:
    console = Console(width=220, record=True, file=StringIO())
    frame = compare_cells(grid)
    comparison_table.show(frame, 0.01, console)
    text = console.export_text()
    assert "3 of 3 pairs" in text
    assert all(f"{row.detectable:.4f}" in text for row in frame.itertuples())
    assert all(row.sentence in text.replace("\n", " ") for row in frame.itertuples())
