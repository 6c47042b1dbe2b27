"""Who wins a sweep: configurations that answer the same question compete, each by all of its seeds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cip_exp.records.sweep_context import SweepContext
from cip_exp.records.trial import Trial
from cip_exp.selection.winner import Winner, best_confirmed, best_winner, group_rivals, lead

if TYPE_CHECKING:
    from cip_exp.records.table import TaskName


def made(
    number: int, objective: float, *overrides: str, task: TaskName = "churn", state: str = "complete"
) -> Trial:
    return Trial(
        state=state, params={}, tags={"cip.verdict": "ok"}, metrics={}, folds={"f1": (objective,)}, task=task,
        primary="f1", objective=objective, number=number, overrides=overrides,
    )  # type: ignore[arg-type]  # fmt: skip


def numbers(
    trials: list[Trial], *axes: str, search: bool = False, varied: tuple[str, ...] = ()
) -> list[list[int]]:
    sweep = SweepContext("", axes, search, hyperparameters=varied)
    best = [max(rivals, key=_mean) for rivals in group_rivals(trials, sweep)]
    return [[trial.number for trial in members] for members in best]


def _mean(members: list[Trial]) -> float:
    return sum(trial.objective for trial in members) / len(members)


def test_all_seeds_of_the_best_configuration_win_not_the_luckiest_seed() -> None:
    trials = [
        made(0, 0.9, "model=a", "seed=0"), made(1, 0.1, "model=a", "seed=1"),
        made(2, 0.6, "model=b", "seed=0"), made(3, 0.6, "model=b", "seed=1"),
    ]  # fmt: skip
    assert numbers(trials, "model") == [[2, 3]]


@pytest.mark.parametrize("axis", ["features", "data", "split.twins", "audit"])
def test_other_rows_or_columns_are_another_question(axis: str) -> None:
    trials = [made(0, 0.9, f"{axis}=a"), made(1, 0.5, f"{axis}=b")]
    assert numbers(trials, axis) == [[0], [1]]


def test_tasks_do_not_compete() -> None:
    trials = [made(0, 0.5, "model=a"), made(1, 0.9, "model=b", task="clv"), made(2, 0.6, "model=c")]
    assert numbers(trials, "model") == [[2], [1]]


def test_metrics_do_not_compete() -> None:
    trials = [made(0, 0.5, "metric=f1"), replace(made(1, 0.9, "metric=roc_auc"), primary="roc_auc")]
    assert numbers(trials, "metric") == [[0], [1]]
    assert best_winner([Winner((each,)) for each in trials]) is None


def test_the_lead_in_a_loss_is_how_much_less_it_is() -> None:
    folds = {"f1": (), "log_loss": (0.3, 0.5)}
    less = replace(made(0, -0.4), primary="log_loss", folds=folds, test_ratio=0.25)
    more = replace(made(1, -0.6), primary="log_loss", folds=folds | {"log_loss": (0.4, 0.8)}, test_ratio=0.25)
    assert lead(less, more)[0] == pytest.approx(0.2)
    best, notes = best_confirmed([less, more], own=1, margin=None)
    assert best is less
    assert "ahead of them by 0.2 " in notes[0]


def test_models_compete_within_each_feature_set() -> None:
    trials = [
        made(0, 0.9, "model=a", "features=x"), made(1, 0.8, "model=b", "features=x"),
        made(2, 0.3, "model=a", "features=y"), made(3, 0.4, "model=b", "features=y"),
    ]  # fmt: skip
    assert numbers(trials, "model", "features") == [[0], [3]]


def test_a_search_has_one_winner_in_each_cell_of_its_outer_grid() -> None:
    trials = [
        made(0, 0.5, "features=x", "model.depth=1"), made(1, 0.7, "features=x", "model.depth=2"),
        made(2, 0.6, "features=y", "model.depth=1"), made(3, 0.2, "features=y", "model.depth=2"),
    ]  # fmt: skip
    assert numbers(trials, "features", search=True, varied=("model.depth",)) == [[1], [2]]


@pytest.mark.parametrize(
    ("margin", "own", "winner", "said"),
    [
        (None, 1, 0, "are beaten: trial 0 is ahead of them by 0.02 on"),
        (1.0, 1, 0, "are beaten"),
        (5.0, 1, 1, "stay: trial 0 is ahead of them by 0.02 on"),
        (5.0, 0, 0, "are the best on fresh folds"),
        (5.0, None, 0, None),
        (5.0, 7, 0, None),
    ],
)
def test_the_models_own_parameters_are_beaten_by_standard_errors(
    margin: float | None, own: int | None, winner: int, said: str | None
) -> None:
    """Ahead by 0.02 on average, with a corrected standard error of sqrt(1/4 + 1/4) × 0.0115 = 0.0082."""
    better, plain = (0.83, 0.81, 0.85, 0.79), (0.80, 0.80, 0.82, 0.78)
    confirmed = [
        replace(made(number, sum(folds) / 4), folds={"f1": folds}, test_ratio=0.25)
        for number, folds in enumerate((better, plain))
    ]
    best, lines = best_confirmed(confirmed, own, margin)
    assert best.number == winner
    assert [said in line for line in lines] == ([True] if said else [])


def test_only_complete_trials_win() -> None:
    trials = [made(0, 0.9, "model=a", state="failed"), made(1, 0.8, "model=b", state="pruned")]
    assert numbers(trials, "model") == []
    assert numbers([*trials, made(2, 0.1, "model=c")], "model") == [[2]]
