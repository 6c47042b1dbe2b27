"""Fit the final model on all training rows, and score it on the holdout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation import clustering, cross_validation, seeds
from cip_exp.evaluation.row_bootstrap import BOOTSTRAP_SEED, row_error
from cip_exp.evaluation.statistics import Z_95
from cip_exp.models import averaging, pipeline
from cip_exp.records.vocabulary import holdout_metric
from cip_exp.runtime import single_threaded
from cip_exp.trial.prepare import PreparedData, build_pipeline, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from cip_exp.config.settings import Settings
    from cip_exp.evaluation.metric import Metric


@dataclass(frozen=True, eq=False)
class FinalModel:
    """The model fitted on all training rows, and its scores on the holdout."""

    pipeline: Pipeline
    test: Mapping[str, float]
    """By metric; empty where there is no holdout."""
    prediction: NDArray[np.float64]
    """Shape (n_holdout,)."""


@single_threaded
def fit_and_open_holdout(settings: Settings, n_seeds: int = 1) -> tuple[PreparedData, FinalModel]:
    """Prepare the data of a configuration, fit its final model, and score it on the holdout.

    The model averages `n_seeds` fits, unless `refit.seeds` gives a number.
    """
    prepared = prepare(settings)
    pipe, _ = build_pipeline(settings, prepared)
    return prepared, fit_final(settings, prepared, pipe, n_seeds)


def fit_final(settings: Settings, prepared: PreparedData, pipe: Pipeline, n_seeds: int = 1) -> FinalModel:
    """Fit on every row outside the holdout, and score on the holdout."""
    fold, features = prepared.split.final, prepared.features
    seed = seeds.resolve(settings.seeds.model, settings.replicates[0], "model")
    frame = pipeline.inputs(features)
    if features.task == "segments":
        seeded = pipeline.seeded(pipe, seed)
        k_range = (settings.model.k_min, settings.model.k_max)
        fitted = clustering.choose_k(seeded, frame.iloc[fold.train], k_range)
        value, prediction = clustering.score(fitted, frame.iloc[fold.test])
        # Segments that are scored in sample have no holdout.
        has_holdout = prepared.split.scheme != "in_sample"
        return FinalModel(fitted, {"silhouette": value} if has_holdout else {}, prediction)
    wanted = settings.refit.seeds or n_seeds
    model_seeds = [seed, *(seeds.child(seed, f"refit {number}") for number in range(1, wanted))]
    y = cross_validation.labels(features, fold.y_train)
    fitted = pipeline.with_best_model(averaging.fit_averaged(pipe, model_seeds, frame.iloc[fold.train], y))
    test, prediction = cross_validation.score(features, fitted, frame.iloc[fold.test], fold.y_test)
    return FinalModel(fitted, test, prediction)


def holdout_error(prepared: PreparedData, final: FinalModel, metric: Metric) -> float | None:
    """Return the standard error over rows of the score on the holdout; None without a holdout."""
    y = prepared.split.final.y_test
    if y is None or not final.test:
        return None
    groups = prepared.row_groups
    sealed = None if groups is None else groups[prepared.split.final.test]
    error = row_error(final.prediction, y, metric, BOOTSTRAP_SEED, sealed)
    return error if np.isfinite(error) else None


def holdout_interval(prepared: PreparedData, final: FinalModel, metric: Metric) -> dict[str, float]:
    """Return the 95 % interval of a metric on the holdout, by its sampling error over rows."""
    value, error = final.test.get(metric.name), holdout_error(prepared, final, metric)
    if value is None or error is None:
        return {}
    low, high = np.clip([value - Z_95 * error, value + Z_95 * error], *metric.bounds)
    name = holdout_metric(metric.name)
    return {f"{name}_low": float(low), f"{name}_high": float(high)}
