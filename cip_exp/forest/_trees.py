"""Grows a forest's trees straight on scikit-learn's compiled builder, without the Python around each tree.

The only module that leans on scikit-learn's private parts. `forest.py` imports it, and only under a version
on which the trees were proven equal to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import effective_n_jobs
from scipy.sparse import issparse
from sklearn.base import _fit_context, is_classifier
from sklearn.ensemble._bootstrap import _get_n_samples_bootstrap
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.tree._classes import CRITERIA_CLF, CRITERIA_REG
from sklearn.tree._splitter import BestSplitter
from sklearn.tree._tree import BestFirstTreeBuilder, DepthFirstTreeBuilder, Tree
from sklearn.utils.validation import _check_sample_weight, validate_data

from cip_exp.forest._bootstrap import Start, balanced, draw_seeds, drawer, kept_generator

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

COVERED = ("gini", "entropy", "log_loss", "squared_error", "absolute_error")
NO_DEPTH_LIMIT = np.iinfo(np.int32).max

# Above this many rows several threads in stock code beat one thread here; below it they are pure cost.
ROWS_FOR_THREADS = 2_000

# Below this many rows, sorting costs more than it saves.
ROWS_TO_SORT = 100


# Sets of labels, and the rows of the largest: at most 10 MB in all.
LABELS_TO_REMEMBER = 64
ROWS_TO_REMEMBER = 5_000
_encoded: dict[tuple[Any, ...], Any] = {}


@dataclass(frozen=True, eq=False)
class _Training:
    """A validated training set."""

    X: NDArray[np.float32]
    y: NDArray[np.float64]
    """Shape (n, 1): class numbers from 0, or values."""
    weights: NDArray[np.floating[Any]] | None
    """Sample weights times class weights: what the bootstrap draws by, or without one, trees weigh by."""


@dataclass(frozen=True)
class _Limits:
    """A forest's stopping rules, in rows and columns."""

    max_features: int
    min_samples_leaf: int
    min_samples_split: int
    max_depth: int


@_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
def fit(forest: Any, X: Any, y: Any, sample_weight: Any) -> bool:
    """Fit `forest` in place as scikit-learn would; False where the case is not covered here.

    Raises what stock `fit` raises, in the same order.
    """
    if not _covers(forest, X, y):
        return False
    data = _validate(forest, X, y, sample_weight)
    if data is None:
        return False
    forest._validate_estimator()
    forest.estimators_ = _grow(forest, data, draw_seeds(forest.random_state, forest.n_estimators))
    if hasattr(forest, "classes_"):
        forest.n_classes_ = forest.n_classes_[0]
        forest.classes_ = forest.classes_[0]
    return True


def sum_trees(forest: Any, X: Any) -> NDArray[np.float64] | None:
    """Sum the trees' values for `X` in tree order, shape (n, classes or 1); None where stock has to do it."""
    if forest.verbose or getattr(forest, "n_outputs_", None) != 1:
        return None
    if not _is_ready(forest, X) or X.shape[1] != forest.n_features_in_:
        X = forest._validate_X_predict(X)
    if _wants_threads(forest, X):
        return None
    trees = [tree.tree_ for tree in forest.estimators_]
    # Rows that share a leaf of one tree branch alike in the others, so the processor guesses its branches
    # right more often: up to a quarter faster. A row's sum does not depend on its place.
    order = trees[0].apply(X).argsort(kind="stable") if X.shape[0] >= ROWS_TO_SORT else slice(None)
    X = X[order]
    total = np.zeros((X.shape[0], trees[0].max_n_classes))
    for tree in trees:
        total += tree.predict(X)
    placed = np.empty_like(total)
    placed[order] = total
    return placed


def _is_ready(forest: Any, X: Any) -> bool:
    """Whether stock's checks would find nothing to say and nothing to convert, at a tenth of their cost."""
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
    """Whether the same holds of y."""
    return (
        type(y) is np.ndarray
        and y.shape == (n,)
        and (y.dtype.kind in "iu" or (y.dtype == np.float64 and bool(np.isfinite(y.sum()))))
    )


def _wants_threads(forest: Any, X: Any) -> bool:
    return bool(X.shape[0] > ROWS_FOR_THREADS and effective_n_jobs(forest.n_jobs) > 1)


def _covers(forest: Any, X: Any, y: Any) -> bool:
    base = forest.estimator
    return (
        type(base) in (DecisionTreeClassifier, DecisionTreeRegressor)
        and base.splitter == "best"
        and base.class_weight is None
        and forest.criterion in COVERED
        and forest.monotonic_cst is None
        and not (forest.oob_score or forest.warm_start or forest.verbose)
        and (forest.bootstrap or forest.max_samples is None)
        and not issparse(X)
        and getattr(y, "ndim", 1) == 1
    )


def _validate(forest: Any, X: Any, y: Any, sample_weight: Any) -> _Training | None:
    """Check and convert the input, and set what stock `fit` sets on the way; None where it is not covered."""
    ready = sample_weight is None and _is_ready(forest, X) and _is_target(y, len(X))
    if ready:
        forest.n_features_in_ = X.shape[1]
    else:
        X, y = validate_data(
            forest, X, y, multi_output=True, accept_sparse="csc", dtype=np.float32, ensure_all_finite=False
        )
    if issparse(X) or y.ndim != 1 or _wants_threads(forest, X):
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
    return _Training(X, np.ascontiguousarray(y, dtype=np.float64), weights)


def _encode(forest: Any, y: NDArray[Any], sample_weight: Any) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Return class numbers of shape (n, 1) and class weights, as stock makes them and sets the classes.

    A search fits the same folds again and again: labels of two classes are remembered.
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
        if len(forest.classes_[0]) > 2:  # of many classes stock warns, every time
            return encoded
        found = _encoded[key] = encoded, forest.classes_[0]
    encoded, classes = found
    forest.classes_, forest.n_classes_ = [classes.copy()], [len(classes)]
    return encoded


def _grow(forest: Any, data: _Training, seeds: list[int]) -> list[Any]:
    """Grow a tree a seed, each a fitted `DecisionTree…` with the attributes that stock gives it."""
    n, n_features = data.X.shape
    limits = _resolve(forest, n, n_features)
    n_classes = np.array([getattr(forest, "n_classes_", [1])[0]], dtype=np.intp)
    cls, state = _tree_state(forest, n_features, n_classes, limits)
    generator, start = kept_generator(), Start()
    weigh = _weigher(forest, data, start)
    fraction = forest.min_weight_fraction_leaf
    min_weight, builder = None, None
    trees = []
    for seed in seeds:
        start.seed = seed
        generator.seed(seed)
        weights = weigh()
        needed = fraction * (n if weights is None else np.sum(weights)) if fraction else 0.0
        if builder is None or needed != min_weight:
            min_weight, builder = needed, _builder(forest, n, n_classes, limits, needed, start)
        nodes = Tree(n_features, n_classes, 1)
        builder.build(nodes, data.X, data.y, weights, None)
        tree: Any = object.__new__(cls)
        tree.__dict__ = {**state, "random_state": seed, "tree_": nodes}
        if forest.ccp_alpha:
            tree._prune_tree()
        trees.append(tree)
    return trees


def _resolve(forest: Any, n: int, n_features: int) -> _Limits:
    columns, leaf, split = forest.max_features, forest.min_samples_leaf, forest.min_samples_split
    if columns is None:
        columns = n_features
    elif isinstance(columns, str):
        columns = max(1, int({"sqrt": np.sqrt, "log2": np.log2}[columns](n_features)))
    elif not isinstance(columns, Integral):
        columns = max(1, int(columns * n_features))
    if not isinstance(leaf, Integral):
        leaf = ceil(leaf * n)
    if not isinstance(split, Integral):
        split = ceil(split * n)
    depth = NO_DEPTH_LIMIT if forest.max_depth is None else forest.max_depth
    return _Limits(columns, leaf, max(split, 2 * leaf), depth)


def _tree_state(
    forest: Any, n_features: int, n_classes: NDArray[np.intp], limits: _Limits
) -> tuple[type, dict[str, Any]]:
    """Class and attributes that all trees share, in the order in which stock sets them."""
    settings = {name: getattr(forest, name) for name in forest.estimator_params}
    state = {**vars(forest.estimator_), **settings, "n_features_in_": n_features, "n_outputs_": 1}
    if hasattr(forest, "n_classes_"):
        state |= {"classes_": np.arange(n_classes[0], dtype=np.float64), "n_classes_": n_classes[0]}
    return type(forest.estimator_), {**state, "max_features_": limits.max_features}


def _weigher(forest: Any, data: _Training, start: Start) -> Callable[[], NDArray[Any] | None]:
    """Return the function that gives the next tree its row weights, of the kept generator as seeded."""
    weights = data.weights
    if not forest.bootstrap:
        if weights is not None:
            weights = _check_sample_weight(weights, data.X, dtype=np.float64)
        return lambda: weights
    draw = drawer(len(data.y), forest._n_samples_bootstrap, weights, start)
    if forest.class_weight != "balanced_subsample":
        return draw
    return balanced(draw, data.y[:, 0].astype(np.intp), forest.n_classes_[0])


def _builder(
    forest: Any,
    n: int,
    n_classes: NDArray[np.intp],
    limits: _Limits,
    min_weight: float,
    start: Start,
) -> Any:
    """Assemble criterion, splitter and builder; each keeps nothing from one tree to the next."""
    if forest.criterion in CRITERIA_CLF:
        criterion = CRITERIA_CLF[forest.criterion](1, n_classes)
    else:
        criterion = CRITERIA_REG[forest.criterion](1, n)
    leaf = limits.min_samples_leaf
    splitter = BestSplitter(criterion, limits.max_features, leaf, min_weight, start, None)
    rules = (splitter, limits.min_samples_split, leaf, min_weight, limits.max_depth)
    if forest.max_leaf_nodes is None:
        return DepthFirstTreeBuilder(*rules, forest.min_impurity_decrease)
    return BestFirstTreeBuilder(*rules, forest.max_leaf_nodes, forest.min_impurity_decrease)
