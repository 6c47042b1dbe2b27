"""Baselines for a customer's value without any fitting, as scikit-learn estimators.

The third baseline, the mean, is scikit-learn's own `DummyRegressor`.
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
    """Predicts zero for every customer: where most spend nothing, few models have a lower MAE."""

    def fit(self, X: Any, y: Any) -> ZeroRegressor:  # noqa: ARG002
        """Store the number of columns; nothing else is learned."""
        self.n_features_in_ = np.shape(X)[1]
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return zeros; shape (n,)."""
        check_is_fitted(self)
        return np.zeros(len(X))


class LastPeriodRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Predicts that the next period repeats the last: `factor` × `column`.

    `column` is a name where rows are a data frame, else a position. `factor` corrects for periods of
    different length (2 from 90 days to six months).
    """

    def __init__(self, column: str | int, factor: float = 1.0) -> None:
        self.column = column
        self.factor = factor

    def fit(self, X: pd.DataFrame | NDArray[np.float64], y: Any) -> LastPeriodRegressor:  # noqa: ARG002
        """Check that the column exists; raises ConfigError where it does not."""
        self._values(X)
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: pd.DataFrame | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one value for each row; shape (n,), in the unit of the column."""
        check_is_fitted(self)
        return self.factor * self._values(X)

    def _values(self, X: pd.DataFrame | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the column: of a frame by name, of an array by position."""
        names = [str(name) for name in getattr(X, "columns", range(X.shape[1]))]
        if str(self.column) not in names:
            what = f"The features have no column '{self.column}'.{nearest(str(self.column), names)}"
            raise ConfigError(describe(what, "model.column", ", ".join(names[:12])))
        return np.asarray(X, dtype=np.float64)[:, names.index(str(self.column))]
