"""Turn dates into numbers inside the pipeline: days to the as-of date, month, weekday."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = ("days", "month", "weekday")


class DateParts(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Three numbers a date: days from it to the as-of date, month (1 to 12), weekday (0, Monday, to 6).

    The as-of date is the latest date of the training rows, over all columns. Missing dates give NaN.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> DateParts:  # noqa: ARG002
        """Learn the as-of date."""
        latest = [X[name].max() for name in X.columns]
        known = [each for each in latest if not pd.isna(each)]
        self.as_of_ = str(max(known).date()) if known else "1970-01-01"
        self.feature_names_in_ = np.array([str(name) for name in X.columns], dtype=object)
        return self

    def transform(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Return the parts of each column, shape (n, 3 × columns)."""
        check_is_fitted(self)
        as_of = pd.Timestamp(self.as_of_)
        parts = []
        for name in self.feature_names_in_:
            dates = pd.to_datetime(X[name])
            days = (as_of - dates) / pd.Timedelta(days=1)
            parts += [days, dates.dt.month, dates.dt.weekday]
        return np.column_stack([np.asarray(each, dtype=np.float64) for each in parts])

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return `signup_days`, `signup_month`, `signup_weekday` for a column `signup`."""
        check_is_fitted(self)
        names = [f"{name}_{part}" for name in self.feature_names_in_ for part in PARTS]
        return np.array(names, dtype=object)
