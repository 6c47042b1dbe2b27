"""scikit-learn's random forests, faster on small tables and equal to the last bit.

scikit-learn's compiled code builds the same trees, without the cost of Python around each tree. Covered are
dense tables without missing values and with one target. scikit-learn's own ("stock") code fits the rest:
sparse or missing values, several targets, `monotonic_cst`, `oob_score`, `warm_start`, `verbose`, the
criterion `poisson` and criterion objects, and more than one job on over 2,000 rows.
"""

from __future__ import annotations

import copy
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import sklearn
from sklearn import ensemble
from sklearn.pipeline import Pipeline

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

TESTED_VERSIONS = ("1.9",)
"""Minor versions of scikit-learn on which trees and predictions were tested to be equal to the last bit."""


@cache  # so that a process warns once
def _fast_trees() -> ModuleType | None:
    """Return the module that builds trees, or None under a version that it was not tested on."""
    if ".".join(sklearn.__version__.split(".")[:2]) not in TESTED_VERSIONS:
        msg = (
            f"cip_exp.forest was tested on scikit-learn {', '.join(TESTED_VERSIONS)}, and this is "
            f"{sklearn.__version__}: scikit-learn's own code fits the forests (same results, slower)."
        )
        warnings.warn(msg, RuntimeWarning, stacklevel=3)
        return None
    from cip_exp.forest import _trees

    return _trees


class _Forest:
    """Methods of both forests; comes before the stock class in the method resolution order."""

    estimators_: list[Any]

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the same forest as scikit-learn does, and raise the same errors."""
        trees = _fast_trees()
        if trees is None or not trees.fit(self, X, y, sample_weight):
            super().fit(X, y, sample_weight)  # type: ignore[misc]
        return self

    def _mean_of_trees(self, X: Any) -> NDArray[np.float64] | None:
        """Return the mean of the trees, shape (n, classes or 1); None where stock code has to predict."""
        trees = _fast_trees()
        total: NDArray[np.float64] | None = None if trees is None else trees.sum_trees(self, X)
        return None if total is None else np.divide(total, len(self.estimators_), out=total)


class RandomForestClassifier(_Forest, ensemble.RandomForestClassifier):  # type: ignore[misc]
    """scikit-learn's `RandomForestClassifier`, equal to the last bit, faster on small tables."""

    def predict_proba(self, X: Any) -> Any:
        """Return the trees' mean probabilities, shape (n, classes)."""
        mean = self._mean_of_trees(X)
        return super().predict_proba(X) if mean is None else mean


class RandomForestRegressor(_Forest, ensemble.RandomForestRegressor):  # type: ignore[misc]
    """scikit-learn's `RandomForestRegressor`, equal to the last bit, faster on small tables."""

    def predict(self, X: Any) -> Any:
        """Return the trees' mean prediction, shape (n,)."""
        mean = self._mean_of_trees(X)
        return super().predict(X) if mean is None else mean[:, 0]


_STOCK = {
    RandomForestClassifier: ensemble.RandomForestClassifier,
    RandomForestRegressor: ensemble.RandomForestRegressor,
}


def as_stock(model: Any) -> Any:
    """Return `model` with scikit-learn's forest classes, so that it loads without this package.

    Takes a forest, fitted or not, or a pipeline; parameters and fitted state are shared, not copied. Any
    other model is returned unchanged.
    """
    if isinstance(model, Pipeline):
        pipeline = copy.copy(model)
        pipeline.steps = [(name, as_stock(step)) for name, step in model.steps]
        return pipeline
    if type(model) not in _STOCK:
        return model
    stock = object.__new__(_STOCK[type(model)])
    vars(stock).update(vars(model))
    return stock
