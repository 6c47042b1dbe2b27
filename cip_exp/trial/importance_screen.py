"""Rank the features of a wide table cheaply, to choose those worth a permutation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import rankdata

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def screen(model: Any, rows: Any, columns: Sequence[NDArray[np.int64]]) -> Floats:
    """Return a number for each feature, larger for features that the model uses more, shape (p,).

    It is the model's own importance, else its absolute coefficient times the column's standard deviation,
    summed over the columns of a feature. For models without either, it is the largest absolute rank
    correlation of a column with the model's predictions.

    Args:
        model: fitted.
        rows: as the model takes them.
        columns: the positions in `rows` of the columns that belong to each feature.
    """
    values = np.asarray(rows, dtype=np.float64)
    weights = _weights(model, values)
    by_column, of_feature = (
        (_rank_correlation(model, rows, values), np.max) if weights is None else (weights, np.sum)
    )
    by_column = np.nan_to_num(by_column)
    return np.array([of_feature(by_column[at], initial=0.0) for at in columns])


def _weights(model: Any, values: Floats) -> Floats | None:
    """Return the model's own importance of each column; None where it has none."""
    importances = getattr(model, "feature_importances_", None)
    if importances is not None:
        return np.asarray(importances, dtype=np.float64)
    coefficients = getattr(model, "coef_", None)
    if coefficients is None:
        return None
    size: Floats = np.abs(np.atleast_2d(coefficients)).sum(axis=0)
    return np.asarray(size * np.nanstd(values, axis=0))


def _rank_correlation(model: Any, rows: Any, values: Floats) -> Floats:
    ranks = _standard_ranks(np.nan_to_num(values))
    return np.asarray(np.abs(ranks.T @ _standard_ranks(_predictions(model, rows))).max(axis=1))


def _predictions(model: Any, rows: Any) -> Floats:
    """Return the model's predictions, shape (n, k): probabilities, values, or a flag a cluster."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(rows), dtype=np.float64)[:, 1:]
    found: NDArray[Any] = np.asarray(model.predict(rows))
    if hasattr(model, "cluster_centers_"):
        return np.asarray(found[:, None] == np.unique(found), dtype=np.float64)
    return np.asarray(found, dtype=np.float64).reshape(len(found), -1)


def _standard_ranks(values: Floats) -> Floats:
    ranks = rankdata(values, axis=0)
    spread = ranks.std(axis=0)
    return np.asarray((ranks - ranks.mean(axis=0)) / np.where(spread > 0, spread, np.inf))
