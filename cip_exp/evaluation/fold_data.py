"""Prepare the rows of a fold for the model once, and cache them for all trials on the same data.

The steps before the model in its pipeline (encoding, imputation, scaling) are fitted on the training rows and
do not depend on hyperparameters: every further trial would compute the same arrays again.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from sklearn.base import clone

from cip_exp.forest import RandomForestClassifier, RandomForestRegressor
from cip_exp.models import pipeline

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from cip_exp.records.table import Features, Fold

CACHE_BYTES = 2**28
"""Size of the cached arrays at most; what does not fit is prepared again for each trial."""


class FoldData(NamedTuple):
    """The rows of a fold as the model takes them."""

    fitted: Any
    """Training rows, for `fit`."""
    train: Any
    """Training rows, for `predict`; nearly always the same object as `fitted`."""
    test: Any


_cache: WeakKeyDictionary[Fold, WeakKeyDictionary[Features, dict[bytes, FoldData]]] = WeakKeyDictionary()


def input_rows(features: Features) -> Any:
    """Return the pipeline's input, as an array where no step needs column names: frames slow small fits."""
    frame = pipeline.inputs(features)
    numeric = features.builder is None and len(frame.select_dtypes("number").columns) == frame.shape[1]
    return np.ascontiguousarray(frame.to_numpy(dtype=np.float64)) if numeric else frame


def take_rows(rows: Any, index: NDArray[np.int64]) -> Any:
    """Return the rows of an array or a frame at these positions."""
    return rows[index] if isinstance(rows, np.ndarray) else rows.iloc[index]


def prepare_fold(pipe: Pipeline, features: Features, fold: Fold, y: Any) -> FoldData:
    """Return the fold's rows after all steps of `pipe` but its model; the steps are fitted on training rows.

    Trials share the arrays: treat them as read-only. `y` are the training labels.
    """
    forest = isinstance(pipe.steps[-1][1], (RandomForestClassifier, RandomForestRegressor))
    # Equal bytes mean equal settings. Equal settings with different bytes are only prepared twice.
    key = pickle.dumps((forest, pipe.steps[:-1]))
    cached = _cache.setdefault(fold, WeakKeyDictionary()).setdefault(features, {})
    if key not in cached:
        data = _prepare(pipe, features, fold, y)
        data = FoldData(*map(_to_float32, data)) if forest else data
        if _size(data) + _cache_size() > CACHE_BYTES:
            return data
        cached[key] = data
    return cached[key]


def _prepare(pipe: Pipeline, features: Features, fold: Fold, y: Any) -> FoldData:
    rows = input_rows(features)
    train, test = take_rows(rows, fold.train), take_rows(rows, fold.test)
    if len(pipe.steps) == 1:
        return FoldData(train, train, test)
    steps = clone(pipe[:-1])
    fitted = steps.fit_transform(train, y)
    transformed = steps.transform(train)
    # The last bits of `fit_transform` may differ from those of `transform`.
    same = isinstance(fitted, np.ndarray) and np.array_equal(fitted, transformed)
    return FoldData(fitted, fitted if same else transformed, steps.transform(test))


def _to_float32(rows: Any) -> Any:
    """Convert as scikit-learn's trees do before each fit and each prediction."""
    values = np.asarray(rows)
    return np.ascontiguousarray(values, dtype=np.float32) if values.dtype == np.float64 else rows


def _cache_size() -> int:
    return sum(
        _size(data)
        for by_features in _cache.values()
        for by_steps in by_features.values()
        for data in by_steps.values()
    )


def _size(data: FoldData) -> int:
    """Return the bytes of the arrays; an array that is used twice counts once."""
    distinct = {id(each): each for each in data}.values()
    return sum(
        each.nbytes if isinstance(each, np.ndarray) else int(each.memory_usage().sum()) for each in distinct
    )
