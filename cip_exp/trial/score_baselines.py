"""Score the baselines on a trial's folds: guesses without features, and one strong model with its defaults.

The baselines have the features, the preparation, the folds and the seeds of the trial.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp.evaluation import cross_validation, seeds
from cip_exp.evaluation.metrics import TASKS
from cip_exp.models import pipeline
from cip_exp.records.baseline_scores import BaselineScores
from cip_exp.records.vocabulary import Tag
from cip_exp.runtime import single_threaded
from cip_exp.trial.prepare import PreparedData, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sklearn.pipeline import Pipeline

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial

UNTUNED = "untuned baseline"
MOST_COLUMNS = 500
"""A fit of 100 trees takes 3 s with 2,000 columns and 300 rows. Wider tables get fewer trees."""
FEWER_TREES = 20
FOLD_KEYS = ("data.", "features.", "split.", "seeds.", "seed", "objective.name", "objective.repeats",
             "model.task", "model.scored")  # fmt: skip
"""Beginnings of the params on which the folds and the rows of a trial depend."""


@single_threaded
def score_baselines(settings: Settings) -> tuple[BaselineScores, ...]:
    """Return the scores of every baseline on the folds of a configuration; none for segments.

    They are computed once for all configurations that share data, features, folds and seeds.
    """
    if settings.model.task == "segments":
        return ()
    draws = (seeds.resolve(settings.seeds.model, value, "model") for value in settings.replicates)
    return _score_all(
        prepare(settings), tuple(draws), settings.features.impute, settings.features.many_levels
    )


def fold_key(trial: Trial) -> tuple[str, ...]:
    """Return what the folds of a trial depend on: trials with the same key share their baselines."""
    own = (f"{name}={value}" for name, value in sorted(trial.params.items()) if name.startswith(FOLD_KEYS))
    return trial.task, trial.tags[Tag.SEED], *own


def is_untuned(trial: Trial) -> bool:
    """Tell whether a trial's model is the untuned baseline itself: its class with its defaults."""
    if trial.task == "segments":
        return False
    kind = type(_untuned(trial.task))
    path = trial.params.get("model._target_", "")
    if not path.startswith("sklearn.") or path.rpartition(".")[2] != kind.__name__:
        return False
    defaults = kind().get_params()
    return all(_equal(trial.params.get(f"model.{key}", str(value)), value) for key, value in defaults.items())


def _equal(text: str, value: Any) -> bool:
    """Tell whether a recorded text is a value: 0 and 0.0 are the same number."""
    try:
        return float(text) == float(value)
    except (TypeError, ValueError):
        return text == str(value)


@cache
def _score_all(
    prepared: PreparedData, draws: tuple[int, ...], impute: str, many_levels: str
) -> tuple[BaselineScores, ...]:
    found = []
    for kind, name, label, estimator in _baselines(prepared.features.task, prepared.features.X.shape[1]):
        pipe = pipeline.pipeline(
            estimator, prepared.features, scale=False, impute=impute, many_levels=many_levels
        )
        found.append(BaselineScores(kind, name, label, _folds(prepared, draws, pipe)))
    return tuple(found)


def _baselines(task: str, n_columns: int) -> Iterator[tuple[Any, str, str, Any]]:
    """Yield kind, name, label and the unfitted estimator of each baseline."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    if task == "churn":
        everyone = DummyClassifier(strategy="constant", constant=1)
        yield "dummy", "everyone churns", "calling everyone a churner", everyone
        share = "predicting the share of churners for everyone"
        yield "dummy", "share of churners", share, DummyClassifier(strategy="prior")
    else:
        for what in ("mean", "median"):
            label = f"predicting the {what} for everyone"
            yield "dummy", f"{what} for everyone", label, DummyRegressor(strategy=what)
    untuned, trees = _untuned(task), ""
    if n_columns > MOST_COLUMNS:
        untuned.set_params(max_iter=FEWER_TREES)
        trees = f", {FEWER_TREES} trees"
    yield "untuned", UNTUNED, f"the untuned baseline (histogram gradient boosting{trees})", untuned


def _untuned(task: str) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    return HistGradientBoostingClassifier() if task == "churn" else HistGradientBoostingRegressor()


def _folds(prepared: PreparedData, draws: tuple[int, ...], pipe: Pipeline) -> dict[str, tuple[float, ...]]:
    """Return the scores on each fold by metric; NaN for all where a baseline cannot be fitted."""
    features, folds = prepared.features, prepared.split.folds
    names = TASKS[features.task].metrics
    try:
        scored = [each.test for each in cross_validation.score_folds(pipe, features, folds, draws)]
    except (ValueError, ArithmeticError, IndexError, np.linalg.LinAlgError):  # a fold with a single class
        return {name: (float("nan"),) * len(folds) for name in names}
    found = {name: tuple(each[name] for each in scored) for name in names}
    if "spearman" in found:
        # Equal predictions rank nobody. Without a number for that, no model could be compared with them.
        found["spearman"] = tuple(0.0 if np.isnan(score) else score for score in found["spearman"])
    return found
