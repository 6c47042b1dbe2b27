"""The tables of the comparison: the project's prepared data, as rows, folds and a pipeline for the peers."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pandas as pd
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

from benchmarks.peers.task import Task
from cip_exp.config.load import compose
from cip_exp.data import telco
from cip_exp.evaluation import cross_validation, fold_data, seeds
from cip_exp.models import pipeline
from cip_exp.trial.prepare import prepare

if TYPE_CHECKING:
    from pathlib import Path

TREES, LARGE_TREES, LARGE = (100, 150), (8, 12), 50_000
"""Sizes of forests, both ends included; with LARGE rows they are smaller, or a trial would take minutes."""


def write(folder: Path, rows: int, path: Path | None) -> list[str]:
    """Write `task.pkl` to `folder`, and return the overrides with which the project uses the same data."""
    overrides = ["data=purchasing", "features.fit=table"] if rows == 238 else _csv(folder, rows)
    if path is not None and rows == 238:
        overrides.append(f"data.path={path}")
    # The label is fitted on the whole table, since the peers cannot fit it inside each fold.
    overrides += ["model=rf_churn", "model.class_weight=null"]
    settings = compose(overrides)
    prepared = prepare(settings)
    features = prepared.features
    draw = seeds.resolve(settings.seeds.model, settings.replicates[0], "model")
    pipe = pipeline.pipeline(RandomForestClassifier(random_state=draw), features, scale=False, impute="error")
    y = cross_validation.labels(features, features.y)
    folds = tuple((fold.train, fold.test) for fold in prepared.split.folds)
    trees = TREES if rows < LARGE else LARGE_TREES
    task = Task(fold_data.input_rows(features), y, folds, pipe, trees)
    (folder / "task.pkl").write_bytes(pickle.dumps(task))
    return overrides


def _csv(folder: Path, rows: int) -> list[str]:
    """Write a churn table: the first customers of Telco, or synthetic ones where Telco has too few."""
    if rows <= 7_000:
        frame = telco.load().frame.dropna().head(rows).drop(columns=["customer_id"])
    else:
        X, y = make_classification(rows, 20, n_informative=8, random_state=0)
        frame = pd.DataFrame(X, columns=[f"x{each}" for each in range(20)]).assign(
            churn=pd.Series(y).map({0: "No", 1: "Yes"})
        )
    path = folder / "table.csv"
    frame.to_csv(path, index=False)
    return ["data=csv", f"data.path={path}", "data.target=churn", "data.positive=Yes"]
