"""The gain of a leak: what it adds to the score of a histogram gradient boosting on rows held out.

The score is the area under the ROC curve for labels, R² for amounts; the mean of two splits, the same with
and without the leak. Features are those that the product reads from the file: numbers, categories by their
mean target in the training rows (smoothed), dates in days with month and weekday.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_GAIN = 0.02
SPLITS, TEST_SHARE, PRIOR_ROWS = 2, 0.4, 5
FEW_LEVELS = 20
"""Above this, the mean of a level in training is over the other folds (scikit-learn's TargetEncoder)."""


def score(X: pd.DataFrame, y: NDArray[np.float64], task: str) -> float:
    """Return the mean score of two splits; 0.5 (labels) or 0 (amounts) without columns."""
    from sklearn.model_selection import train_test_split

    if not X.shape[1]:
        return 0.5 if task == "churn" else 0.0
    scores = []
    for seed in range(SPLITS):
        train, test = train_test_split(
            np.arange(len(y)),
            test_size=TEST_SHARE,
            random_state=seed,
            stratify=y if task == "churn" else None,
        )
        scores.append(_score_split(_numbers(X, y, train), y, train, test, task))
    return float(np.mean(scores))


def _score_split(
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    task: str,
) -> float:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.metrics import r2_score, roc_auc_score

    options = {"max_iter": 40, "max_leaf_nodes": 15, "random_state": 0, "early_stopping": False}
    if task == "churn":
        model = HistGradientBoostingClassifier(**options).fit(X[train], y[train])
        return float(roc_auc_score(y[test], model.predict_proba(X[test])[:, 1]))
    predicted = HistGradientBoostingRegressor(**options).fit(X[train], y[train]).predict(X[test])
    return max(0.0, float(r2_score(y[test], predicted)))


def _numbers(X: pd.DataFrame, y: NDArray[np.float64], train: NDArray[np.int64]) -> NDArray[np.float64]:
    columns = []
    for at in range(X.shape[1]):
        values = X.iloc[:, at]
        if pd.api.types.is_datetime64_any_dtype(values):
            days = (values - pd.Timestamp(0)) / pd.Timedelta(days=1)
            columns += [days, values.dt.month, values.dt.dayofweek]
        elif pd.api.types.is_numeric_dtype(values):
            columns.append(values)
        else:
            columns.append(_encode(values, y, train))
    return np.column_stack([np.asarray(c, dtype=float) for c in columns])


def _encode(values: pd.Series, y: NDArray[np.float64], train: NDArray[np.int64]) -> NDArray[np.float64]:
    """Replace categories by their mean target in the training rows, drawn to the mean of all."""
    from sklearn.preprocessing import TargetEncoder

    codes = values.astype("category").cat.codes.to_numpy().astype(int) + 1
    size = codes.max() + 1
    if size > FEW_LEVELS:
        encoder = TargetEncoder(target_type="continuous", cv=5)
        out = np.empty(len(codes))
        out[train] = encoder.fit_transform(codes[train, None], y[train])[:, 0]
        other = np.setdiff1d(np.arange(len(codes)), train)
        out[other] = encoder.transform(codes[other, None])[:, 0]
        return out
    counts = np.bincount(codes[train], minlength=size)
    sums = np.bincount(codes[train], weights=y[train], minlength=size)
    return np.asarray(((sums + PRIOR_ROWS * y[train].mean()) / (counts + PRIOR_ROWS))[codes])
