from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cip_exp.audit.columns.fitted_encoding import fitted_encoding

N = 600


@pytest.fixture(params=["amount", "label"])
def grouped(request: pytest.FixtureRequest) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Features with a category of about 40 levels, a target, and the rows' group numbers."""
    rng = np.random.default_rng(4)
    group = rng.integers(0, 40, N)
    y = rng.exponential(20, N).round(2) if request.param == "amount" else (rng.random(N) < 0.4).astype(float)
    X = pd.DataFrame({"x": rng.normal(size=N), "shop": pd.Categorical([f"s{g}" for g in group])})
    return X, y, group


def mean_of(y: np.ndarray, group: np.ndarray) -> np.ndarray:
    return pd.Series(y).groupby(group).transform("mean").to_numpy()


@pytest.mark.parametrize("decimals", [12, 4])
def test_means_over_the_whole_table_are_found(grouped, make_case, decimals: int) -> None:
    X, y, group = grouped
    X = X.drop(columns="shop").assign(enc=mean_of(y, group).round(decimals))
    (finding,) = fitted_encoding(make_case(X, y))
    assert finding.kind == "leak"
    assert finding.columns == ("enc",)


def test_means_of_training_rows_are_not_reported(grouped, make_case) -> None:
    X, y, group = grouped
    train = np.random.default_rng(0).random(N) < 0.8
    inside = pd.Series(y[train]).groupby(group[train]).mean()
    X["enc"] = pd.Series(group).map(inside).fillna(y[train].mean()).to_numpy()
    assert fitted_encoding(make_case(X, y)) == []


def test_means_without_the_own_row_are_recomputed_from_the_category(grouped, make_case) -> None:
    X, y, group = grouped
    total, count = pd.Series(y).groupby(group).transform("sum"), pd.Series(y).groupby(group).transform("size")
    X["enc"] = ((total - y) / (count - 1)).to_numpy()
    (finding,) = fitted_encoding(make_case(X, y))
    assert "shop (each row's own target left out)" in finding.message


def test_shrunk_means_are_recomputed_from_the_category(grouped, make_case) -> None:
    X, y, group = grouped
    total, count = pd.Series(y).groupby(group).transform("sum"), pd.Series(y).groupby(group).transform("size")
    X["enc"] = ((total + 10 * y.mean()) / (count + 10)).to_numpy()
    (finding,) = fitted_encoding(make_case(X, y))
    assert "shop (shrunk towards the overall mean)" in finding.message


def test_the_target_itself_and_measured_columns_are_not_encodings(grouped, make_case) -> None:
    X, y, _ = grouped
    near = y + np.random.default_rng(1).normal(size=N)
    assert fitted_encoding(make_case(X.assign(copy=y, near=np.clip(near, y.min(), y.max())), y)) == []
