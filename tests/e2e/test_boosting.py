"""XGBoost and LightGBM through the real commands: searched, kept, loaded, reproduced, on awkward names."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from cip_exp.app.reproduction import reproduce
from cip_exp.config.load import compose
from cip_exp.track.mlflow_quiet import silence_mlflow
from cip_exp.track.saved_model.log_model import load_model
from cip_exp.trial.run import run_trial
from tests.e2e.conftest import run_sweep

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = {"xgb": "xgboost", "lgbm": "lightgbm"}
MODELS = ("xgb_churn", "xgb_clv", "lgbm_churn", "lgbm_clv")
NAME = "income [EUR] <50k"


def need(model: str) -> None:
    package = PACKAGES[model.partition("_")[0]]
    pytest.importorskip(package, reason=f"pip install -e '.[{package}]' brings it")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table with a column name that both packages refuse."""
    draw = np.random.default_rng(0)
    income, visits = draw.normal(50, 10, 160).round(2), draw.integers(0, 30, 160)
    value = income * 2 + visits + draw.normal(0, 5, 160)
    rows = {NAME: income, 'visits: "web"': visits, "amount": value, "churned": (value < 110).astype(int)}
    pd.DataFrame(rows).to_csv(tmp_path / "rows.csv", index=False)
    return tmp_path / "rows.csv"


def on(table: Path, model: str) -> list[str]:
    task = model.partition("_")[2]
    return [
        "data=csv", f"data.path={table}", f"data.task={task}", "audit=off",
        f"data.target={'churned' if task == 'churn' else 'amount'}",
        f"data.drop=[{'amount' if task == 'churn' else 'churned'}]",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("model", ["xgb_churn", "lgbm_clv"])
def test_a_searchs_winner_is_kept_loaded_and_reproduced(model: str, table: Path, outputs: Path) -> None:
    need(model)
    found = run_sweep(
        outputs, f"hparams_search={model}", "hydra.sweeper.n_trials=3", "confirm.top=0", "track.report=false",
        *on(table, model),
    )  # fmt: skip
    assert found.ended.err == ""
    (winner,) = found.winners
    (kept,) = (found.folder / "models").iterdir()
    written = pd.read_csv(kept / "predictions.csv")
    written = written[written["fold"] == "holdout"]
    rows = pd.read_csv(table).iloc[written["id"]]
    silence_mlflow()
    import mlflow.pyfunc

    for saved in (load_model(kept / "model"), mlflow.pyfunc.load_model(str(kept / "model"))):
        answers = saved.predict(rows)["probability" if model == "xgb_churn" else "prediction"]
        assert answers.tolist() == written["prediction"].tolist()
    again = reproduce(winner.info.run_id)
    assert again.equal, again.differences


@pytest.mark.parametrize("model", MODELS)
def test_equal_seeds_give_equal_scores_and_no_warnings(
    model: str, table: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    need(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second, other = (
            run_trial(compose([f"model={model}", *on(table, model), f"seeds.model={seed}"]))
            for seed in (1, 1, 2)
        )
    assert first.trial.folds == second.trial.folds
    assert np.array_equal(first.evaluation.oof, second.evaluation.oof, equal_nan=True)
    assert not np.array_equal(first.evaluation.oof, other.evaluation.oof, equal_nan=True)
    assert capfd.readouterr() == ("", "")
