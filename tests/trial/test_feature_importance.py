"""Importances belong to features, however many columns an encoder made of one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from cip_exp.config.data_schemas import PurchasingData
from cip_exp.data import catalog
from cip_exp.features.purchasing import PurchasingFeatures
from cip_exp.trial import feature_importance


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    region = pd.Categorical(rng.choice(["North", "South", "West"], 200))
    # `region_size` begins like a column that the encoder makes of `region`.
    return pd.DataFrame(
        {"age": rng.normal(40, 9, 200), "region": region, "region_size": rng.normal(size=200)}
    )


def _forest(rows: pd.DataFrame, y: np.ndarray) -> Pipeline:
    parts = [("numbers", "passthrough", ["age", "region_size"]), ("texts", OneHotEncoder(), ["region"])]
    steps = [("prepare", ColumnTransformer(parts)), ("model", RandomForestClassifier(25, random_state=0))]
    return Pipeline(steps).fit(rows, y)


def test_encoded_columns_count_as_their_feature(rows: pd.DataFrame) -> None:
    y = (rows["region"] == "South").to_numpy(dtype=float)
    pipeline = _forest(rows, y)
    table = feature_importance.feature_importance(pipeline, rows, y, 0, "roc_auc")
    assert list(table.columns) == ["feature", "impurity", "permutation_mean", "permutation_std"]
    assert table["feature"][0] == "region"
    made = pipeline[-1].feature_importances_
    by_name = table.set_index("feature")["impurity"]
    assert by_name["age"] == made[0]
    assert by_name["region_size"] == made[1]
    assert by_name["region"] == pytest.approx(made[2:].sum(), rel=1e-12)
    assert by_name.sum() == pytest.approx(1.0, rel=1e-12)


def test_the_same_seed_gives_the_same_table(rows: pd.DataFrame) -> None:
    y = (rows["age"] > 40).to_numpy(dtype=float)
    pipeline = _forest(rows, y)
    first, again, other = (
        feature_importance.feature_importance(pipeline, rows, y, seed) for seed in (0, 0, 1)
    )
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_a_model_without_impurity_has_none(rows: pd.DataFrame) -> None:
    X = rows[["age", "region_size"]]
    y = (rows["age"] > 40).to_numpy(dtype=float)
    linear = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())]).fit(X, y)
    table = feature_importance.feature_importance(linear, X, y, 0)
    assert table["impurity"].isna().all()
    assert table["feature"][0] == "age"
    clusters = Pipeline([("model", KMeans(2, n_init=1, random_state=0))]).fit(X)
    spread = feature_importance.feature_importance(clusters, X, None, 0)
    assert spread["feature"][0] == "age"


def test_built_features_count_not_the_raw_columns_behind_them() -> None:
    raw = catalog.load(PurchasingData()).frame
    columns = ["age", "spend_to_income_ratio"]
    pipeline = Pipeline(
        [("features", PurchasingFeatures(columns)), ("model", RandomForestRegressor(10, random_state=0))]
    )
    pipeline.fit(raw, raw["purchase_amount"])
    table = feature_importance.feature_importance(pipeline, raw, raw["purchase_amount"].to_numpy(), 0)
    assert sorted(table["feature"]) == columns
    assert dict(zip(table["feature"], table["impurity"], strict=True)) == dict(
        zip(columns, pipeline[-1].feature_importances_, strict=True)
    )


def test_a_large_table_is_sampled(monkeypatch: pytest.MonkeyPatch, rows: pd.DataFrame) -> None:
    seen = []

    def scorer(_: object, X: pd.DataFrame, y: np.ndarray) -> float:
        seen.append((len(X), len(y)))
        return 0.0

    monkeypatch.setattr(feature_importance, "ROWS", 50)
    y = np.arange(200) % 2.0
    feature_importance.feature_importance(_forest(rows, y), rows, y, 0, scorer)
    assert set(seen) == {(50, 50)}


@pytest.mark.parametrize("model", ["forest", "linear", "boosting", "clusters"])
def test_of_a_wide_table_the_features_that_the_model_uses_are_permuted(
    monkeypatch: pytest.MonkeyPatch, rows: pd.DataFrame, model: str
) -> None:
    y = (rows["region"] == "South").to_numpy(dtype=float)
    noise = np.random.default_rng(1).normal(size=(200, 8)) / 100
    wide = rows.assign(**{f"noise{at}": noise[:, at] for at in range(8)})
    numbers = [name for name in wide if name != "region"]
    parts = [("numbers", StandardScaler() if model == "linear" else "passthrough", numbers)]
    encoded = [*parts, ("texts", OneHotEncoder(sparse_output=False), ["region"])]
    last = {
        "forest": RandomForestClassifier(25, random_state=0), "linear": LogisticRegression(),
        "boosting": HistGradientBoostingClassifier(max_iter=20),
        "clusters": KMeans(2, n_init=1, random_state=0),
    }[model]  # fmt: skip
    pipeline = Pipeline([("prepare", ColumnTransformer(encoded)), ("model", last)]).fit(wide, y)
    y_or_none = None if model == "clusters" else y
    whole = feature_importance.feature_importance(pipeline, wide, y_or_none, 0)
    monkeypatch.setattr(feature_importance, "MOST_PERMUTED", 2)
    some = feature_importance.feature_importance(pipeline, wide, y_or_none, 0)
    assert some["feature"][0] == ("age" if model == "clusters" else "region")
    assert some["permutation_mean"].notna().tolist() == [True, True] + [False] * 9
    assert sorted(some["feature"]) == sorted(whole["feature"])
    both = some.head(2).merge(whole, on="feature", suffixes=("", "_whole"))
    # Rows are permuted after they are prepared: the same random numbers, and the same losses.
    assert both["permutation_mean"].tolist() == pytest.approx(
        both["permutation_mean_whole"].tolist(), rel=1e-12
    )
    assert both["permutation_std"].tolist() == pytest.approx(both["permutation_std_whole"].tolist(), rel=1e-9)


def test_a_wide_table_that_needs_no_preparation(monkeypatch: pytest.MonkeyPatch, rows: pd.DataFrame) -> None:
    X = rows[["age", "region_size"]]
    y = (rows["age"] > 40).to_numpy(dtype=float)
    pipeline = Pipeline([("model", RandomForestClassifier(10, random_state=0))]).fit(X, y)
    whole = feature_importance.feature_importance(pipeline, X, y, 0)
    monkeypatch.setattr(feature_importance, "MOST_PERMUTED", 1)
    some = feature_importance.feature_importance(pipeline, X, y, 0)
    pd.testing.assert_frame_equal(some.head(1), whole.head(1))
    assert some["permutation_mean"].isna().tolist() == [False, True]
