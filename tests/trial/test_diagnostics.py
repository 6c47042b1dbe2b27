"""What is kept of a winner for the report, on the embedded table."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cip_exp.config.load import compose
from cip_exp.trial.diagnostics import diagnose
from cip_exp.trial.final import fit_and_open_holdout

if TYPE_CHECKING:
    from cip_exp.trial.prepare import PreparedData


def draw(*overrides: str) -> tuple[PreparedData, dict[str, str]]:
    settings = compose(list(overrides))
    cell, final = fit_and_open_holdout(settings)
    return cell, diagnose(settings, cell, final)


def table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text))


def test_a_leaks_path_is_kept_with_its_edges() -> None:
    cell, texts = draw("model=ridge_clv", "features=clean")

    kept = json.loads(texts["cell.json"])
    assert kept["target"] == "clv"
    assert kept["features"] == list(cell.features.names)
    assert kept["rows"] == 238
    (leak,) = kept["leaks"]
    assert leak["path"] == "spend_to_income_ratio ← purchase_amount → clv"
    assert leak["edges"] == [["purchase_amount", "spend_to_income_ratio"], ["purchase_amount", "clv"]]
    assert json.loads(texts["audit.json"])["verdict"] == cell.words
    assert "scikit-learn==" in texts["environment.txt"]


def test_the_learning_curve_grows_and_repeats_itself() -> None:
    cell, texts = draw("model=ridge_clv", "features=strict")

    curve = table(texts["learning_curve.csv"])
    for fold, rows in curve.groupby("fold"):
        assert rows["n_train"].is_monotonic_increasing
        assert rows["n_train"].iloc[-1] == len(cell.split.folds[int(str(fold))].train)
    assert curve["validation"].notna().all()
    assert draw("model=ridge_clv", "features=strict")[1] == texts
    assert json.loads(texts["cell.json"])["leaks"] == []


def test_segments_are_sized_and_described() -> None:
    cell, texts = draw("model=kmeans_segments", "audit=off")

    profiles, silhouettes = table(texts["profiles.csv"]), table(texts["silhouettes.csv"])
    assert profiles["size"].sum() == len(cell.split.final.train) == len(silhouettes)
    assert profiles["share"].sum() == pytest.approx(1)
    assert list(profiles.columns[1:-2]) == list(cell.features.names)
    weighted = (profiles["age"] * profiles["share"]).sum()
    assert weighted == pytest.approx(cell.features.X["age"].iloc[cell.split.final.train].mean())
    assert silhouettes["silhouette"].between(-1, 1).all()
    assert "learning_curve.csv" not in texts
    assert "audit.json" not in texts
