"""A fold's sides, prepared once: the same arrays as a pipeline of one's own makes, shared between trials."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from cip_exp.config.load import compose
from cip_exp.evaluation import cross_validation, fold_data
from cip_exp.forest import RandomForestClassifier
from cip_exp.models import pipeline
from cip_exp.trial.prepare import prepare

LEARNERS = [LogisticRegression(), RandomForestClassifier(10)]


@pytest.mark.parametrize("learner", LEARNERS, ids=["logistic", "forest"])
def test_sides_are_what_the_pipeline_makes_of_the_rows(learner: object) -> None:
    cell = prepare(compose(["features=leaky"]))
    pipe = pipeline.pipeline(learner, cell.features, scale=True, impute="error")
    fold = cell.split.folds[0]
    y = cross_validation.labels(cell.features, fold.y_train)
    found = fold_data.sides(pipe, cell.features, fold, y)
    rows = fold_data.rows_of(cell.features)
    steps = clone(pipe[:-1]).fit(fold_data.take(rows, fold.train), y)
    for side, index in ((found.train, fold.train), (found.test, fold.test)):
        expected = np.asarray(steps.transform(fold_data.take(rows, index)))
        assert np.array_equal(np.asarray(side), expected.astype(np.asarray(side).dtype))
    again = pipeline.pipeline(clone(learner), cell.features, scale=True, impute="error")
    assert fold_data.sides(again, cell.features, fold, y) is found
    other = pipeline.pipeline(clone(learner), cell.features, scale=False, impute="error")
    assert fold_data.sides(other, cell.features, fold, y) is not found


def test_what_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_data, "KEPT_BYTES", 0)
    cell = prepare(compose(["split.n_splits=4"]))
    pipe = pipeline.pipeline(LogisticRegression(), cell.features, scale=True, impute="error")
    fold = cell.split.folds[0]
    y = cross_validation.labels(cell.features, fold.y_train)
    assert fold_data.sides(pipe, cell.features, fold, y) is not fold_data.sides(pipe, cell.features, fold, y)
