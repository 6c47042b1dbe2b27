"""The bootstrap finds the winner's luck, and nothing where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from cip_exp.evaluation.metrics import TASKS
from cip_exp.evaluation.row_bootstrap import averaged_score, row_error
from cip_exp.selection.bias import selection_bias

AUC = TASKS["churn"].metrics["roc_auc"]
F1 = TASKS["churn"].metrics["f1"]
R2 = TASKS["clv"].metrics["r2"]
RNG = np.random.default_rng(0)
N = 200
Y = np.tile([0.0, 1.0], N // 2)
NOISE = RNG.random((40, N))


def test_the_best_of_forty_coins_is_a_coin() -> None:
    best = max(AUC.fn(Y, each) for each in NOISE)
    found = selection_bias(NOISE, Y, AUC, seed=0, draws=200)
    assert best > 0.56
    assert found.estimate == pytest.approx(0.5, abs=0.04)
    assert found.bias == pytest.approx(best - found.estimate, abs=1e-12)
    # A bag is luckier than the table: what it shows is not the winner's bias.
    assert found.in_bag > 1.3 * found.bias
    low, high = found.interval
    assert low < 0.5 < high
    assert found.n_trials == 40


def test_one_trial_has_no_luck_and_a_clear_winner_hardly_any() -> None:
    assert selection_bias(NOISE[:1], Y, AUC, seed=0).bias == pytest.approx(0.0, abs=0.01)
    clear = np.vstack([0.7 * Y + 0.3 * NOISE[0], NOISE])
    found = selection_bias(clear, Y, AUC, seed=0)
    assert found.bias == pytest.approx(0.0, abs=0.001)
    assert found.estimate > 0.99


def test_stopped_trials_and_rows_that_nobody_held_out_count_for_nothing() -> None:
    stopped = np.where(np.arange(N) < 40, 1.0, np.nan)[None]
    wide = np.hstack([np.vstack([NOISE, stopped]), np.full((41, 7), np.nan)])
    plain = selection_bias(NOISE, Y, AUC, seed=3)
    found = selection_bias(wide, np.r_[Y, np.ones(7)], AUC, seed=3)
    assert (found.estimate, found.bias, found.n_trials) == (plain.estimate, plain.bias, 40)


def test_twins_are_drawn_together_so_that_copies_add_no_rows() -> None:
    plain = selection_bias(NOISE, Y, AUC, seed=1)
    twice = selection_bias(np.tile(NOISE, 2), np.tile(Y, 2), AUC, 1, groups=np.tile(np.arange(N), 2))
    assert twice.bias == pytest.approx(plain.bias, abs=1e-12)
    error = row_error(NOISE[0], Y, AUC, 1)
    assert row_error(np.tile(NOISE[0], 2), np.tile(Y, 2), AUC, 1, np.tile(np.arange(N), 2)) == pytest.approx(
        error, abs=1e-12
    )
    assert row_error(np.tile(NOISE[0], 2), np.tile(Y, 2), AUC, 1) < 0.8 * error


def test_replicates_are_averaged_and_smaller_may_be_better() -> None:
    pairs = NOISE.reshape(20, 2, N)
    averaged = selection_bias(pairs, Y, AUC, seed=0)
    assert 0 < averaged.bias < selection_bias(NOISE, Y, AUC, seed=0, draws=200).bias
    loss = selection_bias(NOISE[:8], Y, TASKS["churn"].metrics["log_loss"], seed=0, draws=100)
    assert loss.bias > 0
    assert loss.estimate > min(np.mean(-np.log(np.where(Y == 1, p, 1 - p))) for p in NOISE[:8])


@pytest.mark.parametrize("metric", [F1, R2], ids=lambda metric: metric.name)
def test_the_error_over_rows_falls_with_their_number(metric: object) -> None:
    few, many = (row_error(NOISE[0][:n], Y[:n], metric, 0) for n in (50, 200))  # type: ignore[arg-type]
    assert 0 < many < few


def test_an_averaged_fit_is_scored_by_averaged_predictions() -> None:
    noisy = 0.3 * Y + NOISE[:10]
    single = np.mean([AUC.fn(Y, each) for each in noisy])
    assert averaged_score(noisy, Y, AUC) == pytest.approx(AUC.fn(Y, noisy.mean(axis=0)))
    assert averaged_score(noisy, Y, AUC) > single + 0.05
    assert averaged_score(noisy[0], Y, AUC) == pytest.approx(AUC.fn(Y, noisy[0]))
    gap = np.full((10, 3), np.nan)
    assert averaged_score(np.hstack([noisy, gap]), np.r_[Y, np.ones(3)], F1) == pytest.approx(
        averaged_score(noisy, Y, F1)
    )
    assert np.isnan(averaged_score(gap, np.ones(3), F1))


def test_nothing_to_judge_is_said_so() -> None:
    empty = selection_bias(np.full((3, N), np.nan), Y, AUC, seed=0)
    assert np.isnan(empty.estimate)
    assert empty.bias == 0.0
    assert np.isnan(empty.interval).all()
    assert np.isnan(row_error(NOISE[0], np.ones(N), AUC, 0))


def test_a_thousand_trial_rows_are_drawn_less_often() -> None:
    y = np.tile([0.0, 1.0], 2_500)
    found = selection_bias(np.random.default_rng(1).random((3, 5_000)), y, AUC, seed=0)
    assert len(found.sample) == 200
