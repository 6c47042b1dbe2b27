"""Build the trees of a forest with scikit-learn's compiled builder, without its Python code for each tree."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.tree._classes import CRITERIA_CLF, CRITERIA_REG
from sklearn.tree._splitter import BestSplitter
from sklearn.tree._tree import BestFirstTreeBuilder, DepthFirstTreeBuilder, Tree
from sklearn.utils.validation import _check_sample_weight

from cip_exp.forest._bootstrap import SeededGenerator, balance_classes, bootstrap_sampler, shared_generator

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cip_exp.forest._training_set import TrainingSet

NO_DEPTH_LIMIT = np.iinfo(np.int32).max


@dataclass(frozen=True)
class TreeLimits:
    """A forest's stopping rules, in rows and columns."""

    max_features: int
    min_samples_leaf: int
    min_samples_split: int
    max_depth: int


def grow_trees(forest: Any, data: TrainingSet, seeds: list[int]) -> list[Any]:
    """Return one tree for each seed: a fitted `DecisionTree…` with the same attributes as in stock code."""
    n, n_features = data.X.shape
    limits = _tree_limits(forest, n, n_features)
    n_classes = np.array([getattr(forest, "n_classes_", [1])[0]], dtype=np.intp)
    cls, state = _tree_state(forest, n_features, n_classes, limits)
    generator, splitter_generator = shared_generator(), SeededGenerator()
    draw_weights = _weight_sampler(forest, data, splitter_generator)
    fraction = forest.min_weight_fraction_leaf
    min_weight, builder = None, None
    trees = []
    for seed in seeds:
        splitter_generator.seed = seed
        generator.seed(seed)
        weights = draw_weights()
        needed = fraction * (n if weights is None else np.sum(weights)) if fraction else 0.0
        if builder is None or needed != min_weight:
            min_weight = needed
            builder = _builder(forest, n, n_classes, limits, needed, splitter_generator)
        nodes = Tree(n_features, n_classes, 1)
        builder.build(nodes, data.X, data.y, weights, None)
        tree: Any = object.__new__(cls)
        tree.__dict__ = {**state, "random_state": seed, "tree_": nodes}
        if forest.ccp_alpha:
            tree._prune_tree()
        trees.append(tree)
    return trees


def _tree_limits(forest: Any, n: int, n_features: int) -> TreeLimits:
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
    return TreeLimits(columns, leaf, max(split, 2 * leaf), depth)


def _tree_state(
    forest: Any, n_features: int, n_classes: NDArray[np.intp], limits: TreeLimits
) -> tuple[type, dict[str, Any]]:
    """Return the class and the attributes of all trees, in the order in which stock code sets them."""
    settings = {name: getattr(forest, name) for name in forest.estimator_params}
    state = {**vars(forest.estimator_), **settings, "n_features_in_": n_features, "n_outputs_": 1}
    if hasattr(forest, "n_classes_"):
        state |= {"classes_": np.arange(n_classes[0], dtype=np.float64), "n_classes_": n_classes[0]}
    return type(forest.estimator_), {**state, "max_features_": limits.max_features}


def _weight_sampler(
    forest: Any, data: TrainingSet, splitter_generator: SeededGenerator
) -> Callable[[], NDArray[Any] | None]:
    """Return the function that draws the row weights of a tree from the shared generator, seeded for it."""
    weights = data.weights
    if not forest.bootstrap:
        if weights is not None:
            weights = _check_sample_weight(weights, data.X, dtype=np.float64)
        return lambda: weights
    draw = bootstrap_sampler(len(data.y), forest._n_samples_bootstrap, weights, splitter_generator)
    if forest.class_weight != "balanced_subsample":
        return draw
    return balance_classes(draw, data.y[:, 0].astype(np.intp), forest.n_classes_[0])


def _builder(
    forest: Any,
    n: int,
    n_classes: NDArray[np.intp],
    limits: TreeLimits,
    min_weight: float,
    splitter_generator: SeededGenerator,
) -> Any:
    """Return a builder with its criterion and splitter; they carry no state from one tree to the next."""
    if forest.criterion in CRITERIA_CLF:
        criterion = CRITERIA_CLF[forest.criterion](1, n_classes)
    else:
        criterion = CRITERIA_REG[forest.criterion](1, n)
    leaf = limits.min_samples_leaf
    splitter = BestSplitter(criterion, limits.max_features, leaf, min_weight, splitter_generator, None)
    rules = (splitter, limits.min_samples_split, leaf, min_weight, limits.max_depth)
    if forest.max_leaf_nodes is None:
        return DepthFirstTreeBuilder(*rules, forest.min_impurity_decrease)
    return BestFirstTreeBuilder(*rules, forest.max_leaf_nodes, forest.min_impurity_decrease)
