"""Check an estimator of another package before the first trial: it fits, predicts, and can be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp.config.estimator import build_estimator
from cip_exp.errors import ConfigError, describe
from cip_exp.models.pipeline import is_foreign, seeded_copies
from cip_exp.runtime import single_threaded
from cip_exp.track.saved_model import format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.config.schemas import ModelSettings
    from cip_exp.config.settings import Settings
    from cip_exp.records.table import TaskName

    Array = NDArray[Any]

ROWS = 40
_checked: set[str] = set()


def check_estimator(settings: Settings) -> None:
    """Fit an estimator of another package on 40 made rows, and save it; each configuration once a process.

    scikit-learn's estimators and this package's are not checked.

    Raises:
        ConfigError: it cannot be fitted or copied, predicts another shape than scikit-learn's estimators, or
            cannot be kept.
    """
    estimator = build_estimator(settings.model)
    kept = settings.track.name != "off" and settings.track.log_models != "none"
    key = f"{settings.model!r} {kept}"
    if key in _checked or not is_foreign(estimator):
        return
    fitted, rows = _fit(estimator, settings.model)
    if kept:
        format.check_kept(fitted, rows)
    _checked.add(key)


@single_threaded
def _fit(estimator: Any, model: ModelSettings) -> tuple[Any, Array]:
    rows, labels = _sample(model.task)
    where, allowed = f"model._target_ = {model.target}", "an estimator with scikit-learn's interface"
    if model.task == "segments" and model.params.get("n_clusters") is None:
        estimator = estimator.set_params(n_clusters=model.k_min)
    try:
        fitted = seeded_copies(estimator)(0).fit(rows, labels)
        predicted = np.asarray(fitted.predict_proba(rows) if model.task == "churn" else fitted.predict(rows))
    except Exception as error:  # whatever another package raises
        line = (str(error) or "no message").strip().splitlines()[0]
        what = f"the model cannot be fitted on {ROWS} made rows: {type(error).__name__}: {line}"
        raise ConfigError(describe(what, where, allowed)) from error
    expected = (ROWS, 2) if model.task == "churn" else (ROWS,)
    if predicted.shape != expected:
        method = "predict_proba" if model.task == "churn" else "predict"
        what = f"{method} of {ROWS} rows has the shape {predicted.shape}, expected {expected}"
        raise ConfigError(describe(what, where, allowed))
    return fitted, rows


def _sample(task: TaskName) -> tuple[Array, Array | None]:
    """Return rows of three columns, and labels that depend on the first."""
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(ROWS, 3))
    noisy = rows[:, 0] + draw.normal(scale=0.5, size=ROWS)
    labels = {"clv": noisy, "churn": (noisy > np.median(noisy)).astype(np.int64), "segments": None}
    return rows, labels[task]
