"""Make of a final model the model that is saved: from raw rows to the user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from cip_exp.evaluation.decision_threshold import DecisionThreshold, choose_threshold, score_threshold
from cip_exp.evaluation.profit import NO_CONTACT
from cip_exp.models.customer_model import HALF, CustomerModel
from cip_exp.models.pipeline import inputs
from cip_exp.records.vocabulary import F1_AT_THRESHOLD, THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings
    from cip_exp.records.table import Features
    from cip_exp.trial.final import FinalModel
    from cip_exp.trial.prepare import PreparedData


def decide(
    settings: Settings, prepared: PreparedData, oof: NDArray[np.float64], metrics: Mapping[str, float]
) -> DecisionThreshold | None:
    """Return the threshold of a churn model, chosen in validation; None for other tasks.

    With objective=profit it is the threshold of the greatest profit, else that of the greatest F1.

    Args:
        settings: of the trial.
        prepared: its data.
        oof: shape (replicates, n): its out-of-fold predictions.
        metrics: of its record.
    """
    if settings.model.task != "churn":
        return None
    oof = oof.astype(np.float32).astype(np.float64)  # as they are kept, so that a reproduction is equal
    folds = prepared.split.folds
    if settings.objective.name == "profit":
        return score_threshold(oof, folds, metrics.get("profit_threshold", NO_CONTACT))
    return choose_threshold(oof, folds, forward=prepared.split.scheme == "temporal")


def threshold_metrics(found: DecisionThreshold | None) -> dict[str, float]:
    """Return the threshold under the names that are recorded; empty where there is none."""
    if found is None:
        return {}
    named = {THRESHOLD: found.value, F1_AT_THRESHOLD: found.f1}
    return {name: value for name, value in named.items() if np.isfinite(value)}


def customer_model(
    settings: Settings, prepared: PreparedData, final: FinalModel, found: DecisionThreshold | None
) -> CustomerModel:
    """Return the final model with what it needs for raw rows.

    Where training had no hole in a column, and so nothing to learn how to fill one, a hole is filled with the
    median or the most frequent level of the training rows.
    """
    features = prepared.features
    rows = raw_rows(features).iloc[prepared.split.final.train]
    numeric = rows.select_dtypes(["number", "bool"]).columns
    fill = None
    if settings.features.impute == "error" or _builder(features) is not None:
        fill = {str(name): _middle(rows[name]) for name in rows.columns if rows[name].notna().all()}
    labels = None if features.target is None else features.target.labels
    return CustomerModel(
        _from_raw(features, final.pipeline),
        [str(name) for name in rows.columns],
        features.task,
        numbers=[str(name) for name in numeric],
        fill=fill,
        labels=labels or ("0", "1"),
        threshold=HALF if found is None else found.value,
    )


def raw_rows(features: Features) -> pd.DataFrame:
    """Return the raw columns that a model of these features needs."""
    builder = _builder(features)
    return inputs(features) if builder is None else features.table.frame[builder.raw_columns()]


def _builder(features: Features) -> Any:
    return features.front if features.builder is None else features.builder


def _from_raw(features: Features, fitted: Pipeline) -> Pipeline:
    """Return the pipeline with the transformer of raw rows in front, where it is not inside already."""
    return fitted if features.front is None else Pipeline([("features", features.front), *fitted.steps])


def _middle(column: pd.Series[Any]) -> float | str:
    """Return the median of numbers, or the most frequent level."""
    if pd.api.types.is_numeric_dtype(column):
        return float(column.astype(np.float64).median())
    return str(column.mode().iloc[0])
