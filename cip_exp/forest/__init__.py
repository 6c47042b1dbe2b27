"""scikit-learn's random forests without the cost of Python around each tree: same trees, same numbers.

Covered: dense tables without missing values, one target, every hyperparameter but the following. Stock code
fits what is not covered: sparse or missing values, several targets, `monotonic_cst`, `oob_score`,
`warm_start`, `verbose`, the criteria `poisson` and own objects, more than one job on over 2,000 rows.
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

PROVEN = ("1.9",)
"""Minor versions of scikit-learn on which every tree and probability was proven equal to the last bit."""


@cache  # so that a process warns once
def _engine() -> ModuleType | None:
    """Return the module that grows the trees, or None under a version it was not proven on."""
    if ".".join(sklearn.__version__.split(".")[:2]) not in PROVEN:
        msg = (
            f"cip_exp.forest was proven on scikit-learn {', '.join(PROVEN)}, and this is "
            f"{sklearn.__version__}: its forests are fitted the stock way (same results, slower)."
        )
        warnings.warn(msg, RuntimeWarning, stacklevel=3)
        return None
    from cip_exp.forest import _trees

    return _trees


class _Forest:
    """What both forests share; stands before the stock class in the method resolution order."""

    estimators_: list[Any]

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Build the forest that scikit-learn builds; raises what it raises."""
        engine = _engine()
        if engine is None or not engine.fit(self, X, y, sample_weight):
            super().fit(X, y, sample_weight)  # type: ignore[misc]
        return self

    def _mean_of_trees(self, X: Any) -> NDArray[np.float64] | None:
        """Return the trees' mean, shape (n, classes or 1); None where stock code has to predict."""
        engine = _engine()
        total: NDArray[np.float64] | None = None if engine is None else engine.sum_trees(self, X)
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
    """Return `model` with scikit-learn's classes in place of this module's, so that it loads without it.

    Takes a forest, fitted or not, or a pipeline; parameters and fitted state are shared, not copied.
    Anything else is returned as it is.
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
