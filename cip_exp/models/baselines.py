"""Rules of thumb for a customer's value that a fitted model has to beat, as scikit-learn estimators.

The mean rule is scikit-learn's own `DummyRegressor`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


class ZeroRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Predicts that nobody spends: where most customers do not, no rule has a lower MAE easily."""

    def fit(self, X: Any, y: Any) -> ZeroRegressor:  # noqa: ARG002
        """Learn nothing but the number of columns."""
        self.n_features_in_ = np.shape(X)[1]
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return zeros; shape (n,)."""
        check_is_fitted(self)
        return np.zeros(len(X))


class LastPeriodRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Predicts that the next period repeats the last: `factor` × `column`.

    `column` is a name where rows are a data frame, else a position. `factor` makes up for periods of
    unequal length (2 from 90 days to six months).
    """

    def __init__(self, column: str | int, factor: float = 1.0) -> None:
        self.column = column
        self.factor = factor

    def fit(self, X: pd.DataFrame | NDArray[np.float64], y: Any) -> LastPeriodRegressor:  # noqa: ARG002
        """Check that the column is there; raises ConfigError where it is not."""
        self._values(X)
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: pd.DataFrame | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one value a row; shape (n,), in the unit of the column."""
        check_is_fitted(self)
        return self.factor * self._values(X)

    def _values(self, X: pd.DataFrame | NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the column out of a frame by name, or out of an array by position."""
        names = [str(name) for name in getattr(X, "columns", range(X.shape[1]))]
        if str(self.column) not in names:
            what = f"The features have no column '{self.column}'.{nearest(str(self.column), names)}"
            raise ConfigError(describe(what, "model.column", ", ".join(names[:12])))
        return np.asarray(X, dtype=np.float64)[:, names.index(str(self.column))]
