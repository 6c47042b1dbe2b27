"""The prepared rows of a fold equal those of a pipeline fitted on the fold, and are shared between trials."""

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
def test_prepared_rows_equal_those_of_the_pipeline(learner: object) -> None:
    prepared = prepare(compose(["features=leaky"]))
    pipe = pipeline.pipeline(learner, prepared.features, scale=True, impute="error")
    fold = prepared.split.folds[0]
    y = cross_validation.labels(prepared.features, fold.y_train)
    found = fold_data.prepare_fold(pipe, prepared.features, fold, y)
    rows = fold_data.input_rows(prepared.features)
    steps = clone(pipe[:-1]).fit(fold_data.take_rows(rows, fold.train), y)
    for rows_of_side, index in ((found.train, fold.train), (found.test, fold.test)):
        expected = np.asarray(steps.transform(fold_data.take_rows(rows, index)))
        assert np.array_equal(np.asarray(rows_of_side), expected.astype(np.asarray(rows_of_side).dtype))
    again = pipeline.pipeline(clone(learner), prepared.features, scale=True, impute="error")
    assert fold_data.prepare_fold(again, prepared.features, fold, y) is found
    other = pipeline.pipeline(clone(learner), prepared.features, scale=False, impute="error")
    assert fold_data.prepare_fold(other, prepared.features, fold, y) is not found


def test_data_that_is_too_large_is_not_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_data, "CACHE_BYTES", 0)
    prepared = prepare(compose(["split.n_splits=4"]))
    pipe = pipeline.pipeline(LogisticRegression(), prepared.features, scale=True, impute="error")
    fold = prepared.split.folds[0]
    y = cross_validation.labels(prepared.features, fold.y_train)
    assert fold_data.prepare_fold(pipe, prepared.features, fold, y) is not fold_data.prepare_fold(
        pipe, prepared.features, fold, y
    )
