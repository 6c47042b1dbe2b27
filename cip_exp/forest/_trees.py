"""Fit a forest and sum its trees' predictions: the fast code behind `cip_exp.forest`.

This module, `_training_set` and `_grow_trees` use private parts of scikit-learn. They are imported only under
a version on which their trees were tested to be equal to scikit-learn's, to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import _fit_context

from cip_exp.forest._bootstrap import draw_seeds
from cip_exp.forest._grow_trees import grow_trees
from cip_exp.forest._training_set import is_covered, is_ready, read_training_set, uses_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS_TO_SORT = 100
"""Below this many rows, sorting them for prediction takes longer than it saves."""


@_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
def fit(forest: Any, X: Any, y: Any, sample_weight: Any) -> bool:
    """Fit `forest` in place as scikit-learn does; return False where the case is not covered here.

    Raises the same errors as stock `fit`, in the same order.
    """
    if not is_covered(forest, X, y):
        return False
    data = read_training_set(forest, X, y, sample_weight)
    if data is None:
        return False
    forest._validate_estimator()
    forest.estimators_ = grow_trees(forest, data, draw_seeds(forest.random_state, forest.n_estimators))
    if hasattr(forest, "classes_"):
        forest.n_classes_ = forest.n_classes_[0]
        forest.classes_ = forest.classes_[0]
    return True


def sum_trees(forest: Any, X: Any) -> NDArray[np.float64] | None:
    """Return the sum of the trees' values in tree order, shape (n, classes or 1).

    None where stock code has to predict.
    """
    if forest.verbose or getattr(forest, "n_outputs_", None) != 1:
        return None
    if not is_ready(forest, X) or X.shape[1] != forest.n_features_in_:
        X = forest._validate_X_predict(X)
    if uses_threads(forest, X):
        return None
    trees = [tree.tree_ for tree in forest.estimators_]
    # Rows in the same leaf of one tree take similar paths in the others. In this order the processor predicts
    # more branches correctly: up to a quarter faster. The sum of a row does not depend on the order of rows.
    order = trees[0].apply(X).argsort(kind="stable") if X.shape[0] >= ROWS_TO_SORT else slice(None)
    X = X[order]
    total = np.zeros((X.shape[0], trees[0].max_n_classes))
    for tree in trees:
        total += tree.predict(X)
    in_given_order = np.empty_like(total)
    in_given_order[order] = total
    return in_given_order
