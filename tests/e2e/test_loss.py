"""A search by a loss, by the real command: confirmed, quoted, compared and reproduced in its own unit."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.conftest import ROOT, environment_of, run_train
from tests.e2e.conftest import run_sweep

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Recorded

pytestmark = pytest.mark.slow

SEARCH = (
    "hparams_search=ridge_clv", "metric=rmse", "features=clean,strict", "hydra.sweeper.study_name=loss",
    "hydra/sweeper/pruner=paired", "hydra.sweeper.n_jobs=1", "confirm.top=2", "confirm.repeats=2",
    "track=off",
)  # fmt: skip


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A search for the smallest RMSE, of six trials for each of two feature sets."""
    return run_sweep(tmp_path_factory.mktemp("loss") / "outputs", *SEARCH, "hydra.sweeper.n_trials=6")


def script(name: str, *arguments: str, outputs: Path) -> str:
    """Run one of the project's scripts, which has to succeed, and return what it prints."""
    done = subprocess.run(
        [sys.executable, f"scripts/{name}.py", *arguments], cwd=ROOT, capture_output=True, text=True,
        env=environment_of(outputs) | {"PYTHONPATH": str(ROOT)}, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_smallest_loss_wins(searched: Recorded) -> None:
    trials, figures = searched.trials, searched.figures
    complete = trials[trials["state"] == "complete"]
    pd.testing.assert_series_equal(complete["objective"], -complete["cv_rmse_mean"], check_names=False)
    confirmed = pd.read_csv(searched.folder / "confirm.csv")
    again = confirmed[confirmed["state"] == "complete"].groupby("features")["cv_rmse_mean"].min()
    assert searched.summary["cv_mean"].tolist() == pytest.approx(again.loc[["clean", "strict"]].tolist())
    assert searched.summary["metric"].unique().tolist() == ["rmse"]
    assert figures["best_cv_rmse"] == pytest.approx(again["strict"])  # the other cell leaks
    assert figures["best_objective"] == -figures["best_cv_rmse"]
    assert 0 <= figures["quoted_rmse_low"] <= figures["quoted_rmse"] <= figures["quoted_rmse_high"]


def test_its_commands_speak_of_the_loss(searched: Recorded) -> None:
    assert "(less is better)" in (searched.folder / "report.html").read_text("utf-8")
    (winner, *_) = searched.trials.loc[searched.trials["winner"] == "true", "number"]
    reproduced = script("reproduce", f"loss#{winner}", outputs=searched.outputs)
    compared = script("compare", "loss", "--unpaired", outputs=searched.outputs)
    assert "metrics equal to the last bit" in reproduced
    assert "rmse" in compared
    assert "clean" in compared


def test_another_metric_is_another_search(searched: Recorded) -> None:
    others = [each.replace("rmse", "mae") for each in SEARCH]
    ended = run_train(
        searched.outputs, "-m", *others, "hydra.sweeper.n_trials=7", "hydra.sweeper.resume=true"
    )
    assert ended.code == 2
    assert "config.metric was rmse, is mae" in ended.err


def test_each_metric_of_a_sweep_is_a_search_of_its_own(outputs: Path) -> None:
    found = run_sweep(
        outputs, "hparams_search=ridge_clv", "metric=mae,spearman", "hydra.sweeper.n_trials=2", "track=off",
        "confirm.top=0", "track.report=false",
    )  # fmt: skip
    assert found.summary["metric"].tolist() == ["mae", "spearman"]
    assert len(found.trials) == 4
    assert "best_objective" not in found.figures
