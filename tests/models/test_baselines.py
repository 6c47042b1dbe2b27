"""The baselines predict by their rules, and work with scikit-learn's own functions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from cip_exp.errors import ConfigError
from cip_exp.models.baselines import LastPeriodRegressor, ZeroRegressor

X = pd.DataFrame({"orders": [1, 2, 3, 4], "spend": [5.0, 0.0, 2.0, 1.0]})
y = np.array([10.0, 0.0, 4.0, 2.0])


def test_zero_predicts_zero() -> None:
    assert clone(ZeroRegressor()).fit(X, y).predict(X).tolist() == [0, 0, 0, 0]


def test_the_last_period_is_repeated_by_name_and_by_position() -> None:
    rule = clone(LastPeriodRegressor("spend", factor=2.0))
    assert rule.fit(X, y).predict(X).tolist() == y.tolist()
    assert rule.set_params(column=1).fit(X.to_numpy(), y).predict(X.to_numpy()).tolist() == y.tolist()
    assert cross_val_score(LastPeriodRegressor("spend", 2.0), X, y, cv=2, scoring="r2").tolist() == [1, 1]


def test_the_message_names_an_unknown_column_and_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match="no column 'spent'. Did you mean 'spend'"):
        LastPeriodRegressor("spent").fit(X, y)
