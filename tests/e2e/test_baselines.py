"""On a table of noise no model is called a winner, and a dummy never is one; by the real commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from tests.conftest import copy_store
from tests.e2e.conftest import run_sweep

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Recorded

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Recorded:
    """A grid of models on random labels."""
    folder = tmp_path_factory.mktemp("noise")
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(size=(400, 4)), columns=list("abcd"))
    table["churned"] = np.where(rng.random(400) < 0.35, "yes", "no")
    table.to_csv(folder / "noise.csv", index=False)
    copy_store(empty_store, folder / "outputs")
    return run_sweep(
        folder / "outputs", "data=csv", f"data.path={folder / 'noise.csv'}", "data.target=churned",
        "data.positive=yes", "model=rf_churn,logit_churn,dummy_churn", "seed=0,1",
    )  # fmt: skip


def test_the_first_line_says_that_no_model_beats_calling_everyone_a_churner(noise: Recorded) -> None:
    first, second, *table = noise.ended.out.splitlines()
    assert first.startswith("No model beats calling everyone a churner: the best, ")
    assert "AUC does not" in second
    assert not any("✓" in line or "excellent" in line for line in table)
    rows = [line for line in table if "not better than calling everyone a churner" in line]
    assert len(rows) == 2
    assert sum("everyone churns" in line or "untuned baseline" in line for line in table) == 2


def test_neither_dummy_nor_model_is_called_the_winner(noise: Recorded) -> None:
    assert {run.data.tags["cip.beats_baseline"] for run in noise.children} == {"false"}
    won = [run for run in noise.children if "test_f1" in run.data.metrics]
    assert {run.data.tags["cip.model"] for run in won} <= {"rf_churn", "logit_churn"}
    assert all({"baseline_f1", "dummy_f1"} <= run.data.metrics.keys() for run in won)
    (number,) = [path.name for path in (noise.folder / "models").iterdir()]
    card = (noise.folder / "models" / number / "model_card.md").read_text("utf-8")
    assert "## Compared with the baselines" in card
    assert "It is no better than a baseline" in card
    assert "Band `" not in card
    page = (noise.folder / "report.html").read_text("utf-8")
    assert "Model with the best score: churn" in page
    assert "Best model" not in page
    assert "Baselines on the same folds" in page


def test_the_baselines_are_a_table_beside_the_summary(noise: Recorded) -> None:
    table = pd.read_csv(noise.folder / "baselines.csv")
    first = table[(table["metric"] == "f1") & (table["baseline"] == "dummy")].set_index("model")
    assert sorted(first.index) == ["dummy_churn", "logit_churn", "rf_churn"]
    assert first["chosen"].sum() == 1
    assert not first.loc["dummy_churn", "chosen"]
    assert first.loc["dummy_churn", "difference"] == 0
    assert sorted(noise.summary["model"]) == sorted(first.index)


def test_a_grid_of_dummies_has_no_winner(outputs: Path) -> None:
    found = run_sweep(outputs, "model=dummy_churn,dummy_clv", "seed=0,1", "track=off", "audit=off")
    assert "dummy_churn is a baseline itself: no model was scored." in found.ended.out
    assert found.figures["n_complete"] == 4
    assert "best_objective" not in found.figures
    assert not (found.folder / "models").exists()
    assert (found.folder / "report.html").exists()
