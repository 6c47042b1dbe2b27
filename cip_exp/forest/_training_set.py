"""Check and convert the training data of a forest, as scikit-learn does before it builds trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import effective_n_jobs
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.ensemble._bootstrap import _get_n_samples_bootstrap
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.validation import _check_sample_weight, validate_data

if TYPE_CHECKING:
    from numpy.typing import NDArray

COVERED_CRITERIA = ("gini", "entropy", "log_loss", "squared_error", "absolute_error")

ROWS_FOR_THREADS = 2_000
"""Above this many rows several threads in stock code are faster than one thread here."""

LABELS_TO_REMEMBER = 64
ROWS_TO_REMEMBER = 5_000
"""Limits of the cache of encoded labels: 64 sets of labels of 5,000 rows take at most 10 MB."""
_encoded: dict[tuple[Any, ...], Any] = {}


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """A validated training set."""

    X: NDArray[np.float32]
    y: NDArray[np.float64]
    """Shape (n, 1): class numbers from 0, or values."""
    weights: NDArray[np.floating[Any]] | None
    """Sample weights × class weights. A bootstrap draws by them; without one, trees weight rows by them."""


def is_covered(forest: Any, X: Any, y: Any) -> bool:
    """Return whether hyperparameters and input are covered here, as far as unchecked input shows."""
    base = forest.estimator
    return (
        type(base) in (DecisionTreeClassifier, DecisionTreeRegressor)
        and base.splitter == "best"
        and base.class_weight is None
        and forest.criterion in COVERED_CRITERIA
        and forest.monotonic_cst is None
        and not (forest.oob_score or forest.warm_start or forest.verbose)
        and (forest.bootstrap or forest.max_samples is None)
        and not issparse(X)
        and getattr(y, "ndim", 1) == 1
    )


def read_training_set(forest: Any, X: Any, y: Any, sample_weight: Any) -> TrainingSet | None:
    """Return the checked and converted input, and set the attributes that stock `fit` sets.

    None where the input is not covered here.
    """
    ready = sample_weight is None and is_ready(forest, X) and _is_target(y, len(X))
    if ready:
        forest.n_features_in_ = X.shape[1]
    else:
        X, y = validate_data(
            forest, X, y, multi_output=True, accept_sparse="csc", dtype=np.float32, ensure_all_finite=False
        )
    if issparse(X) or y.ndim != 1 or uses_threads(forest, X):
        return None
    if not ready:
        tree = type(forest.estimator)(criterion=forest.criterion)
        name = type(forest).__name__
        if tree._compute_missing_values_in_feature_mask(X, estimator_name=name) is not None:
            return None
    if sample_weight is not None:
        sample_weight = _check_sample_weight(sample_weight, X)
    forest._n_samples, forest.n_outputs_ = len(y), 1
    y, class_weight = _encode(forest, y, sample_weight)
    if sample_weight is None or class_weight is None:
        weights = class_weight if sample_weight is None else sample_weight
    else:
        weights = sample_weight * class_weight
    forest._sample_weight = weights
    forest._n_samples_bootstrap = (
        _get_n_samples_bootstrap(len(y), forest.max_samples, weights) if forest.bootstrap else None
    )
    return TrainingSet(X, np.ascontiguousarray(y, dtype=np.float64), weights)


def _encode(forest: Any, y: NDArray[Any], sample_weight: Any) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Return class numbers, shape (n, 1), and class weights, and set the classes of the forest.

    Labels of two classes are cached, since a search fits the same folds many times.
    """
    balance = getattr(forest, "class_weight", None)
    few = sample_weight is None and len(y) <= ROWS_TO_REMEMBER and y.dtype.kind in "iub"
    if not few or not is_classifier(forest) or not isinstance(balance, str | None):
        encoded: tuple[NDArray[Any], NDArray[Any] | None] = forest._validate_y_class_weight(
            y.reshape(-1, 1), sample_weight
        )
        return encoded
    key = y.tobytes(), y.dtype.str, balance, forest.bootstrap
    found = _encoded.get(key)
    if found is None:
        if len(_encoded) >= LABELS_TO_REMEMBER:
            _encoded.clear()
        encoded = forest._validate_y_class_weight(y.reshape(-1, 1), None)
        if len(forest.classes_[0]) > 2:  # not cached: for many classes stock code warns at every fit
            return encoded
        found = _encoded[key] = encoded, forest.classes_[0]
    encoded, classes = found
    forest.classes_, forest.n_classes_ = [classes.copy()], [len(classes)]
    return encoded


def is_ready(forest: Any, X: Any) -> bool:
    """Return whether stock code would accept X without a warning or a conversion, at a tenth of its cost."""
    return (
        type(X) is np.ndarray
        and X.dtype == np.float32
        and X.ndim == 2
        and X.shape[0] > 0
        and X.shape[1] > 0
        and not hasattr(forest, "feature_names_in_")
        and bool(np.isfinite(X.sum(dtype=np.float64)))
    )


def _is_target(y: Any, n: int) -> bool:
    """Return whether stock code would accept y without a warning or a conversion."""
    return (
        type(y) is np.ndarray
        and y.shape == (n,)
        and (y.dtype.kind in "iu" or (y.dtype == np.float64 and bool(np.isfinite(y.sum()))))
    )


def uses_threads(forest: Any, X: Any) -> bool:
    """Return whether stock code would use several threads and be faster with them."""
    return bool(X.shape[0] > ROWS_FOR_THREADS and effective_n_jobs(forest.n_jobs) > 1)
