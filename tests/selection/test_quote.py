"""The quoted score: what is known of a winner, weighed by how well it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.config.load import compose
from cip_exp.evaluation.metrics import TASKS
from cip_exp.selection.quote import BIAS_SHARE, combine_scores, quote_note, quote_winner
from cip_exp.trial.final import fit_and_open_holdout
from cip_exp.trial.run import run_trial

share = st.floats(0, 1)
error = st.floats(0.001, 0.3)


def test_the_holdout_counts_by_its_precision() -> None:
    alone = combine_scores(0.80, 0.0, 0.02)
    both = combine_scores(0.80, 0.0, 0.02, test=0.70, test_se=0.04)
    assert (alone.value, alone.holdout_weight) == (0.80, 0.0)
    assert both.holdout_weight == pytest.approx(0.2)
    assert both.value == pytest.approx(0.78)
    assert both.high - both.low < alone.high - alone.low


def test_a_holdout_that_is_all_right_by_chance_does_not_decide() -> None:
    assert combine_scores(0.80, 0.0, 0.02, test=1.0, test_se=0.0).holdout_weight == pytest.approx(0.2)
    assert combine_scores(0.80, 0.0, 0.0, test=1.0, test_se=0.0).value == pytest.approx(0.8)


def test_luck_is_taken_off_and_bad_luck_is_not_added() -> None:
    assert combine_scores(0.80, 0.04, 0.02).value == pytest.approx(0.80 - BIAS_SHARE * 0.04)
    assert combine_scores(0.80, -0.04, 0.02).value == pytest.approx(0.80)
    assert combine_scores(0.80, float("nan"), 0.02).value == pytest.approx(0.80)


@pytest.mark.parametrize(
    ("test", "test_se"), [(None, None), (0.7, float("nan")), (float("nan"), 0.1), (0.7, None)]
)
def test_a_holdout_that_says_nothing_is_left_out(test: float | None, test_se: float | None) -> None:
    assert combine_scores(0.8, 0.01, 0.02, test, test_se) == combine_scores(0.8, 0.01, 0.02)


def test_without_an_error_there_is_no_interval() -> None:
    found = combine_scores(0.8, 0.0, float("nan"), 0.7, 0.05)
    assert found.value == 0.8
    assert found.low != found.low
    assert found.holdout_weight == 0.0


@given(share, st.floats(-0.2, 0.2), error, share, error)
def test_it_lies_in_its_interval_and_both_inside_the_bounds(
    fresh: float, bias: float, row_se: float, test: float, test_se: float
) -> None:
    found = combine_scores(fresh, bias, row_se, test, test_se)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert 0 < found.holdout_weight < 1


def test_a_loss_is_quoted_as_the_negative_of_its_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    loss = TASKS["churn"].metrics["log_loss"]
    twin = replace(
        loss, name="twin", fn=lambda y, p: -loss.fn(y, p), greater_is_better=True, bounds=loss.signed_bounds
    )
    monkeypatch.setitem(TASKS["churn"].metrics, "twin", twin)  # type: ignore[arg-type]
    base = ("model=logit_churn", "audit=off", "metric=log_loss", "features=strict")
    searched = [run_trial(compose([*base, f"model.C={c}"])) for c in (0.01, 1.0)]
    fresh = run_trial(compose([*base, "model.C=1.0", "seeds.replicates=[5,6]"]))
    prepared, final = fit_and_open_holdout(compose([*base, "model.C=1.0"]))
    oof = np.stack([each.evaluation.oof for each in searched])
    winner, again = searched[1].trial, fresh.trial
    found = quote_winner(prepared, final, winner, again, oof, fresh.evaluation.oof)

    for_twin = [
        replace(each, primary="twin", metrics={"cv_twin_mean": -each.metrics["cv_log_loss_mean"]})
        for each in (winner, again)
    ]
    opened = replace(final, test={"twin": -final.test["log_loss"]})
    negative = quote_winner(prepared, opened, *for_twin, oof, fresh.evaluation.oof)
    assert found["optimism"] == pytest.approx(negative["optimism"])
    assert found["optimism"] == again.metrics["cv_log_loss_mean"] - winner.metrics["cv_log_loss_mean"]
    for end, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
        assert found[f"quoted_log_loss{end}"] == pytest.approx(-negative[f"quoted_twin{other}"])
    assert found["bbc_log_loss"] == pytest.approx(-negative["bbc_twin"])
    assert 0 <= found["quoted_log_loss_low"] < found["quoted_log_loss"] < found["quoted_log_loss_high"]
    note = quote_note(found, "log_loss", again)
    assert note.startswith(f"as searched {winner.metrics['cv_log_loss_mean']:.4f}, on 10 fresh folds ")
