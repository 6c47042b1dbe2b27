"""Which estimators count as those of another package."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression

from cip_exp.forest import RandomForestClassifier
from cip_exp.models.pipeline import is_foreign


class Stranger(ClassifierMixin, BaseEstimator):
    """An estimator of neither scikit-learn nor this package."""


@pytest.mark.parametrize(
    ("estimator", "foreign"),
    [
        (LogisticRegression(), False),
        (RandomForestClassifier(), False),
        (BaggingClassifier(LogisticRegression()), False),
        (Stranger(), True),
        (BaggingClassifier(Stranger()), True),
        (VotingClassifier([("a", LogisticRegression()), ("b", Stranger())]), True),
    ],
)
def test_estimators_inside_others_count(estimator: Any, foreign: bool) -> None:
    assert is_foreign(estimator) is foreign
