"""A table as a user brings it: names, dates, a city of 60 levels, money, holes; from file to answer."""

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
N = 400
PLANS = ["basic", "plus", "premium"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 400 customers of whom those who have not bought for long leave."""
    draw = np.random.default_rng(7)
    tenure, away = draw.integers(1, 72, N), draw.exponential(60, N).astype(int)
    plan, spend = draw.choice(PLANS, N), np.exp(draw.normal(5.5, 0.6, N))
    left = -1.2 - 0.03 * tenure + 0.02 * away + 0.5 * (plan == "basic") + draw.normal(0, 1, N) > 0
    today = pd.Timestamp("2024-06-30")
    frame = pd.DataFrame({
        "customer_id": [f"C{100_000 + 7 * i}" for i in range(N)],
        "full_name": [f"Ann{i % 20} Smith{i % 150}" for i in range(N)],
        "email": [f"user{i}@example.org" for i in range(N)],
        "signup_date": (today - pd.to_timedelta(30 * tenure, unit="D")).strftime("%d.%m.%Y"),
        "last_purchase": (today - pd.to_timedelta(away, unit="D")).strftime("%d.%m.%Y"),
        "plan": plan,
        "city": [f"City {i}" for i in draw.integers(0, 60, N)],
        "monthly_spend": [f"€ {x:,.2f}" for x in spend],
        "age": draw.integers(18, 80, N).astype(float),
        "clv_next_12m": (12 * spend).round(2),
        "churned": np.where(left, "yes", "no"),
    })  # fmt: skip
    frame.loc[draw.random(N) < 0.1, "age"] = np.nan
    frame.loc[draw.random(N) < 0.05, "city"] = np.nan
    path = tmp_path_factory.mktemp("table") / "customers.csv"
    frame.to_csv(path, index=False)
    return path


def arguments(file: Path) -> list[str]:
    return [
        "data=csv",
        f"data.path={file}",
        "data.target=churned",
        "data.drop=[clv_next_12m]",
        "metric=roc_auc",
    ]


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory, empty_store: Path, file: Path) -> Recorded:
    """A search of four trials by AUC."""
    outputs = copy_store(empty_store, tmp_path_factory.mktemp("search")).parent
    few = ["hydra.sweeper.n_trials=4", "confirm.top=2", "confirm.repeats=1", "model.n_estimators=25"]
    return run_sweep(outputs, *arguments(file), "hparams_search=rf_churn", *few)


def test_what_each_column_was_read_as_is_said(search: Recorded) -> None:
    said = search.ended.out
    assert (
        "10 columns: 2 numbers, 2 categories, 2 dates, 2 identifiers (not used): customer_id, email" in said
    )
    assert "1 free text (not used): full_name" in said
    assert "monthly_spend: thousands separator ',', currency €" in said
    assert "city: 60 levels: target-encoded within the fold" in said
    assert "the label 'yes' means churn" in said
    model = search.folder / "models" / search.winners[0].data.tags["cip.trial_number"]
    columns = pd.read_csv(model / "columns.csv").set_index("column")
    assert columns["used"].value_counts().to_dict() == {"yes": 6, "no": 4, "target": 1}
    assert "What each column of the file was read as" in (search.folder / "report.html").read_text("utf-8")


def test_every_output_says_that_no_lineage_is_declared(search: Recorded) -> None:
    assert search.ended.out.count("no lineage declared: origins unknown") == 1
    page = (search.folder / "report.html").read_text("utf-8")
    (card,) = (search.folder / "models").glob("*/model_card.md")
    for text in (page, card.read_text("utf-8")):
        assert text.count("No lineage declared: origins unknown.") == 1
        assert "share no source" not in text
        assert "No declared path" not in text


def test_the_search_is_by_the_users_metric(search: Recorded) -> None:
    assert search.summary["metric"].tolist() == ["roc_auc"]
    metrics = search.winners[0].data.metrics
    assert metrics["quoted_roc_auc_low"] <= metrics["quoted_roc_auc"] <= metrics["quoted_roc_auc_high"]
    assert search.trials["objective"].tolist() == search.trials["cv_roc_auc_mean"].tolist()


def test_the_winner_answers_the_files_rows_in_the_users_words(search: Recorded, file: Path) -> None:
    from cip_exp.track.mlflow_quiet import silence_mlflow

    silence_mlflow()
    import mlflow.pyfunc

    (folder,) = (search.folder / "models").glob("*/model")
    raw = pd.read_csv(file, dtype=str, keep_default_na=False).drop(columns="churned").head(20)
    model = mlflow.pyfunc.load_model(str(folder))
    needed = raw[[each.name for each in model.metadata.get_input_schema().inputs]]
    answers = model.predict(needed)
    assert set(answers["prediction"]) == {"yes", "no"}
    assert answers["probability"].between(0, 1).all()
    odd = needed.astype(object).assign(age=41, city="Atlantis")
    odd.iloc[0] = None
    assert model.predict(odd)["probability"].notna().all()


def test_of_four_models_the_dummy_never_wins_and_the_first_line_says_what_is_beaten(
    tmp_path: Path, empty_store: Path, file: Path
) -> None:
    outputs = copy_store(empty_store, tmp_path / "grid").parent
    models = "model=rf_churn,logit_churn,hgb_churn,dummy_churn"
    grid = run_sweep(outputs, *arguments(file), models, "track.report=false")
    first = grid.ended.out.splitlines()[0]
    assert "predicting the share of churners for everyone" in first
    assert not first.startswith("dummy_churn")
    beats = {run.data.tags["cip.model"]: run.data.tags["cip.beats_baseline"] for run in grid.children}
    assert beats["dummy_churn"] == "false"
    assert set(beats) == {"rf_churn", "logit_churn", "hgb_churn", "dummy_churn"}
    (winner,) = (grid.folder / "models").iterdir()
    assert grid.trials.set_index("number")["model"][int(winner.name)] != "dummy_churn"
