"""Fit the final model on all training rows, and score it on the holdout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cip_exp.evaluation import clustering, cross_validation, seeds
from cip_exp.models import averaging
from cip_exp.models import pipeline as model
from cip_exp.runtime import single_threaded
from cip_exp.trial.prepare import PreparedData, build_pipeline, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from cip_exp.config.settings import Settings


@dataclass(frozen=True, eq=False)
class FinalModel:
    """The model on all training rows, and what the opened holdout said."""

    pipeline: Pipeline
    test: Mapping[str, float]
    prediction: NDArray[np.float64]
    """Shape (n_holdout,)."""


@single_threaded
def fit_and_open_holdout(settings: Settings, n_seeds: int = 1) -> tuple[PreparedData, FinalModel]:
    """Fit the configuration on every row outside the holdout, and open the holdout.

    The model averages `n_seeds` fits, unless `refit.seeds` says how many.
    """
    cell = prepare(settings)
    pipe, _ = build_pipeline(settings, cell)
    return cell, fit_final(settings, cell, pipe, n_seeds)


def fit_final(settings: Settings, cell: PreparedData, pipe: Pipeline, n_seeds: int = 1) -> FinalModel:
    """Fit on every row outside the holdout and open the holdout."""
    fold, features = cell.split.final, cell.features
    draw = seeds.resolve(settings.seeds.model, settings.replicates[0], "model")
    frame = model.inputs(features)
    if features.task == "segments":
        seeded = model.seeded(pipe, draw)
        fitted = clustering.choose_k(
            seeded, frame.iloc[fold.train], (settings.model.k_min, settings.model.k_max)
        )
        value, prediction = clustering.score(fitted, frame.iloc[fold.test])
        # Scored in sample there is no holdout to open.
        sealed = cell.split.scheme != "in_sample"
        return FinalModel(fitted, {"silhouette": value} if sealed else {}, prediction)
    wanted = settings.refit.seeds or n_seeds
    draws = [draw, *(seeds.child(draw, f"refit {number}") for number in range(1, wanted))]
    y = cross_validation.labels(features, fold.y_train)
    fitted = model.chosen(averaging.fit_averaged(pipe, draws, frame.iloc[fold.train], y))
    test, prediction = cross_validation.score(features, fitted, frame.iloc[fold.test], fold.y_test)
    return FinalModel(fitted, test, prediction)
