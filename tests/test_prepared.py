"""A fold's sides, prepared once: the same arrays as a pipeline of one's own makes, shared between trials."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from cip_exp import config, evaluate, model, prepared, trial
from cip_exp.forest import RandomForestClassifier

LEARNERS = [LogisticRegression(), RandomForestClassifier(10)]


@pytest.mark.parametrize("learner", LEARNERS, ids=["logistic", "forest"])
def test_sides_are_what_the_pipeline_makes_of_the_rows(learner: object) -> None:
    cell = trial.prepare(config.compose(["features=leaky"]))
    pipe = model.pipeline(learner, cell.features, scale=True, impute="error")
    fold = cell.split.folds[0]
    y = evaluate.labels(cell.features, fold.y_train)
    found = prepared.sides(pipe, cell.features, fold, y)
    rows = prepared.rows_of(cell.features)
    steps = clone(pipe[:-1]).fit(prepared.take(rows, fold.train), y)
    for side, index in ((found.train, fold.train), (found.test, fold.test)):
        expected = np.asarray(steps.transform(prepared.take(rows, index)))
        assert np.array_equal(np.asarray(side), expected.astype(np.asarray(side).dtype))
    again = model.pipeline(clone(learner), cell.features, scale=True, impute="error")
    assert prepared.sides(again, cell.features, fold, y) is found
    other = model.pipeline(clone(learner), cell.features, scale=False, impute="error")
    assert prepared.sides(other, cell.features, fold, y) is not found


def test_what_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "KEPT_BYTES", 0)
    cell = trial.prepare(config.compose(["split.n_splits=4"]))
    pipe = model.pipeline(LogisticRegression(), cell.features, scale=True, impute="error")
    fold = cell.split.folds[0]
    y = evaluate.labels(cell.features, fold.y_train)
    assert prepared.sides(pipe, cell.features, fold, y) is not prepared.sides(pipe, cell.features, fold, y)
