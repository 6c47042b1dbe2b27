"""Histogram boosting with class weights gives the same model, and no longer sorts a column 254 times."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble._hist_gradient_boosting import binning

from cip_exp.models import weighted_bins


@pytest.mark.parametrize("decimals", [1, 3, 12])
def test_the_quantiles_are_those_of_scikit_learn_to_the_last_bit(
    decimals: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(decimals)
    X = rng.normal(size=(1500, 5)).round(decimals)
    X[rng.random(X.shape) < 0.1] = np.nan
    y = (np.nan_to_num(X[:, 0]) + rng.normal(size=1500) > 1).astype(int)
    model = HistGradientBoostingClassifier(max_iter=5, class_weight="balanced")
    original = getattr(binning._weighted_percentile, "_original", binning._weighted_percentile)
    monkeypatch.setattr(binning, "_weighted_percentile", original)
    slow = model.fit(X, y)._bin_mapper.bin_thresholds_
    predicted = model.predict_proba(X)
    calls: list[float] = []
    monkeypatch.setattr(
        binning, "_weighted_percentile", lambda *args, **kw: calls.append(0.0) or original(*args, **kw)
    )
    weighted_bins.use_fast_bins()
    fast = model.fit(X, y)._bin_mapper.bin_thresholds_
    assert not calls
    assert all(np.array_equal(one, other) for one, other in zip(slow, fast, strict=True))
    assert np.array_equal(predicted, model.predict_proba(X))


def test_what_is_not_a_plain_column_goes_to_scikit_learn() -> None:
    asked = []
    stand_in = weighted_bins._Percentile(lambda *args, **kw: asked.append((args, kw)))
    values, ones = np.arange(4.0), np.ones(4)
    stand_in(np.array([1.0, np.nan]), ones[:2], 50, average=True)
    stand_in(values, np.array([0.0, 1.0, 1.0, 1.0]), 50, average=True)
    stand_in(values, ones, 0, average=True)
    stand_in(values, ones, 50)
    assert len(asked) == 4
    assert stand_in(values, ones, 50, average=True) == 1.5
