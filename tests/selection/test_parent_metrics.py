"""Metrics of a parent run: counts always, the best winner only where winners can be compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cip_exp.records.sweep_context import SweepContext
from cip_exp.selection.parent_metrics import nested_notes, parent_metrics
from cip_exp.selection.winner import Winner
from tests.selection.test_winner import made

GRID = SweepContext("", ("model", "features"), search=False)


def complete(
    number: int, objective: float, *overrides: str, verdict: str = "ok", outer: str = "None"
) -> Winner:
    trial = made(number, objective, *overrides)
    tags = {"cip.verdict": verdict, "cip.seed": "0"}
    metrics = {"test_f1": objective - 0.1, "gap_f1": 0.0}
    return Winner(
        (replace(trial, tags=tags, metrics=metrics, params={"split.outer": outer}, test_ratio=0.25),)
    )


def test_counts_are_there_without_a_winner() -> None:
    trials = [made(0, 0.5), made(1, 0.4, state="pruned"), made(2, 0.0, state="failed")]
    found = parent_metrics(trials, [], [], GRID, 0)
    assert found == {
        "n_trials": 3, "n_complete": 1, "n_failed": 1, "n_pruned": 1, "n_confirm": 0, "n_fits": 3,
        "n_confirm_fits": 0,
    }  # fmt: skip


def test_a_leaky_winner_is_not_the_best_while_another_is_there() -> None:
    winners = [complete(0, 0.9, "features=leaky", verdict="leaky"), complete(1, 0.6, "features=clean")]
    trials = [each.members[0] for each in winners]
    found = parent_metrics(trials, [], winners, GRID, 2)
    assert (found["best_objective"], found["best_test_f1"], found["holdout_openings"]) == (0.6, 0.5, 2)
    assert parent_metrics(trials, [], winners[:1], GRID, 2)["best_objective"] == 0.9


def test_outer_folds_estimate_the_whole_procedure() -> None:
    winners = [complete(0, 0.7), complete(1, 0.9, outer="0"), complete(2, 0.5, outer="1")]
    found = parent_metrics([each.members[0] for each in winners], [], winners, SweepContext("", (), True), 1)
    assert found["best_objective"] == 0.7
    assert found["nested_f1"] == pytest.approx(0.6)
    assert nested_notes(found) == ["f1 of the whole procedure, search included: 0.6000 on 2 outer folds"]
