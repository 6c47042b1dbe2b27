"""An estimator of another package is refused before any trial, where it cannot be fitted or kept."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from cip_exp.config.estimator import build_estimator
from cip_exp.config.load import compose
from cip_exp.errors import ConfigError, DataError
from cip_exp.track.saved_model import format
from cip_exp.track.saved_model.log_model import load_model
from cip_exp.trial import estimator_check
from cip_exp.trial.estimator_check import check_estimator

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.config.settings import Settings

STRANGERS = '''
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Share(ClassifierMixin, BaseEstimator):
    """Predicts the share of churners."""

    fits = 0

    def __init__(self, fault=None, random_state=None):
        self.fault = fault
        self.random_state = random_state

    def fit(self, X, y):
        Share.fits += 1
        if self.fault == "fit":
            raise RuntimeError("no licence file")
        self.classes_, self.share_ = np.unique(y), float(np.mean(y))
        if self.fault == "lambda":
            self.rule_ = lambda x: x
        return self

    def predict_proba(self, X):
        churn = np.full(len(X), self.share_)
        return churn if self.fault == "shape" else np.column_stack([1 - churn, churn])

    def predict(self, X):
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]
'''
MODEL = [f"~model.{name}" for name in ("scale", "C", "class_weight", "max_iter")]


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that the user trusts."""
    (tmp_path / "strangers.py").write_text(STRANGERS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "strangers", raising=False)
    monkeypatch.setenv("CIP_ALLOW_TARGETS", "strangers.")
    monkeypatch.setattr(estimator_check, "_checked", set())


def stranger(*overrides: str) -> Settings:
    return compose(["model=logit_churn", *MODEL, "model._target_=strangers.Share", *overrides])


@pytest.mark.usefixtures("strangers")
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("fit", r"cannot be fitted on 40 made rows: RuntimeError: no licence file"),
        ("shape", r"predict_proba of 40 rows has the shape \(40,\), expected \(40, 2\)"),
        ("lambda", r"this model cannot be saved: .*lambda"),
    ],
)
def test_what_cannot_be_used_is_refused(fault: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        check_estimator(stranger(f"+model.fault={fault}"))
    assert "strangers.Share" in str(caught.value)


@pytest.mark.usefixtures("strangers")
def test_a_model_that_is_not_kept_need_not_be_savable() -> None:
    check_estimator(stranger("+model.fault=lambda", "track.log_models=none"))


@pytest.mark.usefixtures("strangers")
def test_a_sound_estimator_is_fitted_once() -> None:
    for _ in range(3):
        check_estimator(stranger())
    import strangers  # type: ignore[import-not-found]

    assert strangers.Share.fits == 1


def test_own_estimators_are_not_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimator_check, "_fit", None)
    for option in ("rf_churn", "ridge_clv", "kmeans_segments"):
        check_estimator(compose([f"model={option}"]))


@pytest.mark.usefixtures("strangers")
def test_a_kept_stranger_is_loaded_only_while_it_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.models import Model

    rows = pd.DataFrame({"a": np.arange(20.0)})
    fitted = Pipeline([("model", build_estimator(stranger().model))]).fit(rows, rows["a"] > 12)
    format.pack(fitted, tmp_path / "model", Model(), rows)

    assert load_model(tmp_path / "model").predict(rows).tolist() == [False] * 20
    monkeypatch.delenv("CIP_ALLOW_TARGETS")
    with pytest.raises(DataError, match=r"holds other types: .*strangers\.Share"):
        load_model(tmp_path / "model")
