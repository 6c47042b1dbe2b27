"""Both sides of a fold as the model takes them, prepared once for all trials of a cell.

What stands before the model in its pipeline (encoders, fillings, scales) is fitted on the training side and
knows nothing of a trial's hyperparameters: the second trial would only compute the same arrays again.
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

KEPT_BYTES = 2**28
"""Of arrays in memory; what exceeds it is prepared anew for each trial."""


class Sides(NamedTuple):
    """Rows as the model takes them."""

    fitted: Any
    """The training side as `fit` takes it."""
    train: Any
    """The training side as `predict` takes it; nearly always the same."""
    test: Any


_kept: WeakKeyDictionary[Fold, WeakKeyDictionary[Features, dict[bytes, Sides]]] = WeakKeyDictionary()


def rows_of(features: Features) -> Any:
    """Return plain numbers where nothing needs column names, since frames cost more than small fits."""
    frame = pipeline.inputs(features)
    numeric = features.builder is None and len(frame.select_dtypes("number").columns) == frame.shape[1]
    return np.ascontiguousarray(frame.to_numpy(dtype=np.float64)) if numeric else frame


def take(rows: Any, index: NDArray[np.int64]) -> Any:
    """Return the rows at these positions."""
    return rows[index] if isinstance(rows, np.ndarray) else rows.iloc[index]


def sides(pipe: Pipeline, features: Features, fold: Fold, y: Any) -> Sides:
    """Return the fold's rows behind all steps of `pipe` but its model, those fitted on the training side.

    They are shared between trials: nobody may write to them. `y` are the training labels.
    """
    narrow = isinstance(pipe.steps[-1][1], (RandomForestClassifier, RandomForestRegressor))
    # Equal bytes are equal settings; unequal ones only cost a second preparation.
    key = pickle.dumps((narrow, pipe.steps[:-1]))
    cell = _kept.setdefault(fold, WeakKeyDictionary()).setdefault(features, {})
    if key not in cell:
        made = _prepare(pipe, features, fold, y)
        made = Sides(*map(_narrowed, made)) if narrow else made
        if _size(made) + _kept_bytes() > KEPT_BYTES:
            return made
        cell[key] = made
    return cell[key]


def _prepare(pipe: Pipeline, features: Features, fold: Fold, y: Any) -> Sides:
    rows = rows_of(features)
    train, test = take(rows, fold.train), take(rows, fold.test)
    if len(pipe.steps) == 1:
        return Sides(train, train, test)
    steps = clone(pipe[:-1])
    fitted = steps.fit_transform(train, y)
    again = steps.transform(train)
    # A step may give other last bits when it fits and transforms at once.
    same = isinstance(fitted, np.ndarray) and np.array_equal(fitted, again)
    return Sides(fitted, fitted if same else again, steps.transform(test))


def _narrowed(rows: Any) -> Any:
    """Return what scikit-learn's trees make of `rows` before each fit and each prediction."""
    values = np.asarray(rows)
    return np.ascontiguousarray(values, dtype=np.float32) if values.dtype == np.float64 else rows


def _kept_bytes() -> int:
    return sum(_size(each) for cells in _kept.values() for cell in cells.values() for each in cell.values())


def _size(of: Sides) -> int:
    different = {id(each): each for each in of}.values()
    return sum(
        each.nbytes if isinstance(each, np.ndarray) else int(each.memory_usage().sum()) for each in different
    )
