"""Purchasing features equal the source's to the last digit, and are fitted on the given rows only."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import f1_score, silhouette_score
from sklearn.model_selection import KFold, cross_val_score, train_test_split
from sklearn.preprocessing import StandardScaler

from cip_exp.data import purchasing_table
from cip_exp.data.purchasing_synthetic import customers
from cip_exp.errors import ConfigError, DataError
from cip_exp.features.purchasing import BUILD, PurchasingFeatures, needs_fit, rank

SHARED = Path(os.environ.get("CIP_SHARED", Path(__file__).resolve().parents[3] / "shared"))
REAL = SHARED / "data" / "Customer_Purchasing_Behaviors.csv"
ENGINEERED = SHARED / "data" / "df_eng_customer_purchasing_features.csv"
public = pytest.mark.skipif(
    not (REAL.exists() and ENGINEERED.exists()), reason=f"the source's tables are not in {SHARED / 'data'}"
)

FRAME = customers()
VALUES = st.lists(st.integers(-5, 5), min_size=1, max_size=12)


def source_features(task: str, set_name: str) -> pd.DataFrame:
    """Build one set on the whole public table, rounded, as the source does."""
    columns = purchasing_table.FEATURE_SETS[task, set_name]
    return PurchasingFeatures(columns, rounded=True).fit_transform(pd.read_csv(REAL))


@public
@pytest.mark.parametrize("column", [*purchasing_table.COLUMNS, *BUILD])
def test_parity_every_engineered_column(column: str) -> None:
    built = PurchasingFeatures([column], rounded=True).fit_transform(pd.read_csv(REAL))
    pd.testing.assert_series_equal(built[column], pd.read_csv(ENGINEERED)[column], check_exact=True)


@public
@pytest.mark.parametrize(
    ("set_name", "params", "test_r2", "cv_r2"),
    [
        ("leaky", {"max_depth": 10}, 0.9995, (0.9992, 0.0009)),
        (
            "clean",
            {"max_depth": 5, "min_samples_leaf": 5, "min_samples_split": 10, "max_features": 0.5},
            0.9970,
            (0.9956, 0.0016),
        ),
    ],
)
def test_parity_clv(
    set_name: str, params: dict[str, float], test_r2: float, cv_r2: tuple[float, float]
) -> None:
    X, y = source_features("clv", set_name), pd.read_csv(REAL)["purchase_amount"]
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
    forest = RandomForestRegressor(n_estimators=100, random_state=42, **params)
    assert round(forest.fit(X_train, y_train).score(X_test, y_test), 4) == test_r2
    scores = cross_val_score(forest, X_train, y_train, cv=KFold(5), scoring="r2")
    assert (round(scores.mean(), 4), round(scores.std(), 4)) == cv_r2


@public
@pytest.mark.parametrize(
    ("set_name", "params"),
    [
        ("leaky", {"n_estimators": 100, "max_depth": 10}),
        ("clean", {"n_estimators": 50, "max_depth": 5, "min_samples_leaf": 5, "min_samples_split": 10}),
    ],
)
def test_parity_churn(set_name: str, params: dict[str, int]) -> None:
    raw = pd.read_csv(REAL)
    X, y = source_features("churn", set_name), purchasing_table.fit_churn(raw)(raw)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42, stratify=y)
    forest = RandomForestClassifier(class_weight="balanced", random_state=42, **params)
    assert f1_score(y_test, forest.fit(X_train, y_train).predict(X_test)) == 1.0
    assert cross_val_score(forest, X_train, y_train, cv=KFold(5), scoring="f1").min() == 1.0


@public
def test_parity_segments() -> None:
    X = StandardScaler().fit_transform(source_features("segments", "leaky"))
    found = {
        k: silhouette_score(X, KMeans(k, n_init=10, random_state=42).fit_predict(X)) for k in range(2, 9)
    }
    assert max(found, key=lambda k: found[k]) == 8
    assert round(found[8], 4) == 0.6078


@given(VALUES)
def test_rank_of_fitted_values_is_pandas_rank(values: list[int]) -> None:
    numbers = np.array(values, dtype=float)
    assert rank(numbers, np.sort(numbers)).tolist() == pd.Series(numbers).rank(pct=True).tolist()


@given(VALUES, VALUES)
def test_rank_of_new_values_grows_with_them(fitted: list[int], new: list[int]) -> None:
    ranks = rank(np.sort(np.array(new, dtype=float)), np.sort(np.array(fitted, dtype=float)))
    assert (np.diff(ranks) >= 0).all()
    assert ((ranks > 0) & (ranks <= 1)).all()


def test_the_rank_between_two_fitted_values_is_their_middle() -> None:
    assert rank(np.array([0.0, 1.0, 1.5, 9.0]), np.array([1.0, 2.0])).tolist() == [0.25, 0.5, 0.75, 1.0]


@given(st.sets(st.integers(0, 237), min_size=1), st.integers(0, 237))
def test_a_row_is_transformed_equally_alone_and_with_others(fitted: set[int], row: int) -> None:
    builder = PurchasingFeatures(list(BUILD)).fit(FRAME.iloc[sorted(fitted)])
    pd.testing.assert_frame_equal(builder.transform(FRAME.iloc[[row]]), builder.transform(FRAME).iloc[[row]])


@pytest.mark.parametrize("column", list(BUILD))
def test_needs_fit_is_true_for_columns_that_depend_on_other_rows(column: str) -> None:
    whole = PurchasingFeatures([column]).fit(FRAME).transform(FRAME)
    fitted_on_a_part = PurchasingFeatures([column]).fit(FRAME[FRAME["age"] < 35]).transform(FRAME)
    assert needs_fit([column]) == (not whole.equals(fitted_on_a_part))


def test_a_set_needs_fit_where_one_column_does() -> None:
    needs = {key for key, names in purchasing_table.FEATURE_SETS.items() if needs_fit(names)}
    assert needs == {("clv", "leaky"), ("churn", "leaky"), ("segments", "leaky")}


def test_it_can_be_cloned_and_pickled_and_names_its_columns() -> None:
    columns = ["is_loyal", "age", "growth_potential_score"]
    builder = clone(PurchasingFeatures(columns, rounded=True)).fit(FRAME)
    out = pickle.loads(pickle.dumps(builder)).transform(FRAME.set_index("user_id"))
    assert builder.get_params() == {"columns": columns, "rounded": True}
    assert builder.get_feature_names_out().tolist() == out.columns.tolist() == columns
    assert out.index.equals(FRAME.set_index("user_id").index)


def test_only_the_parents_of_the_columns_are_required() -> None:
    assert PurchasingFeatures(["region_West"]).fit_transform(FRAME[["region"]]).sum().item() == 77
    with pytest.raises(DataError, match=r"Missing columns: annual_income\."):
        PurchasingFeatures(["spend_to_income_ratio"]).fit(FRAME.drop(columns="annual_income"))


def test_the_message_names_an_unknown_column_and_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match="'is_loyl'(.|\n)*Did you mean 'is_loyal'"):
        PurchasingFeatures(["is_loyl"]).fit(FRAME)
