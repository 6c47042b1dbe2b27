"""The columns of each feature set, the columns that lineage excludes, and values that no model accepts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cip_exp.config.schemas import FeatureSettings
from cip_exp.data import purchasing_table
from cip_exp.data.column_target import column_target
from cip_exp.errors import ConfigError, DataError
from cip_exp.features.build import build
from cip_exp.records.lineage import Lineage, Origin
from cip_exp.records.table import Table, TaskName

PURCHASING = purchasing_table.load(None)
SIX = ("age", "annual_income", "spend_to_income_ratio", "region_North", "region_South", "region_West")


def customers(**columns: Any) -> Table:
    n = len(next(iter(columns.values()))) if columns else 4
    frame = pd.DataFrame(
        {"who": np.arange(n), "left": np.arange(n) % 2, "visits": np.arange(n) // 2, **columns}
    )
    return Table("csv", frame, "", {"churn": column_target("left")}, Lineage(), id="who")


def table_with_every_role() -> Table:
    """A table with every role, a derived column, a late one, and one that leaks the target."""
    table = customers(
        total=[2.0, 4.0, 6.0, 8.0], price=[1.0, 2.0, 3.0, 4.0], refund=[0.0, 1.0, 0.0, 1.0],
        called=[0, 1, 0, 1], day=[1, 2, 3, 4], shop=["a", "a", "b", "b"], note=list("wxyz"),
    )  # fmt: skip
    lineage = Lineage(
        {
            "total": Origin(("price", "visits")),
            "refund": Origin(known="after"),
            "called": Origin(("left",)),
        }
    )
    return replace(table, lineage=lineage, time="day", group="shop", drop=("note",), leaky=("refund",))


@pytest.mark.parametrize(
    ("task", "name", "names"),
    [
        ("clv", "clean", SIX),
        ("clv", "strict", tuple(name for name in SIX if name != "spend_to_income_ratio")),
        ("clv", "leaky", (*SIX, "loyalty_score", "age_adjusted_percentile", "growth_potential_score")),
        ("churn", "clean", (*SIX, "purchase_frequency")),
        ("churn", "strict", SIX),
        (
            "churn", "leaky",
            (*SIX, "customer_value_score", "purchase_frequency", "is_loyal", "is_frequent"),
        ),
        (
            "segments", "strict",
            ("age", "annual_income", "purchase_amount", "loyalty_score", "purchase_frequency"),
        ),
        ("segments", "clean", ("age", "annual_income", "spend_to_income_ratio", "purchase_frequency")),
    ],
)  # fmt: skip
def test_feature_sets_of_purchasing(task: TaskName, name: str, names: tuple[str, ...]) -> None:
    assert build(PURCHASING, FeatureSettings(name=name), task).names == names


@pytest.mark.parametrize(
    ("task", "name", "names"),
    [
        ("churn", "clean", ("visits", "total", "price", "called")),
        ("churn", "leaky", ("visits", "total", "price", "called", "refund")),
        ("churn", "strict", ("visits", "total", "price")),
        ("segments", "clean", ("visits", "total", "price", "called")),
        ("segments", "strict", ("visits", "price")),
    ],
)
def test_feature_sets_of_any_table(task: TaskName, name: str, names: tuple[str, ...]) -> None:
    assert build(table_with_every_role(), FeatureSettings(name=name), task).names == names


def test_strict_names_each_dropped_column_with_its_path() -> None:
    clv = build(PURCHASING, FeatureSettings(name="strict"), "clv")
    assert [leak.path for leak in clv.dropped] == ["spend_to_income_ratio ← purchase_amount → clv"]
    churn = build(PURCHASING, FeatureSettings(name="strict"), "churn")
    assert [leak.path for leak in churn.dropped] == ["purchase_frequency → churn_risk_score → churn"]
    any_table = table_with_every_role()
    churn = build(any_table, FeatureSettings(name="strict"), "churn")
    assert [leak.path for leak in churn.dropped] == ["called ← left"]
    segments = build(any_table, FeatureSettings(name="strict"), "segments")
    derived = ["total ← price, visits (derived)", "called ← left (derived)"]
    assert [leak.path for leak in segments.dropped] == derived


@pytest.mark.parametrize(
    ("task", "columns", "path"),
    [
        (
            "clv",
            ["age", "growth_potential_score"],
            "growth_potential_score ← spending_percentile ← purchase_amount",
        ),
        ("churn", ["is_loyal"], "is_loyal ← loyalty_score → churn_risk_score → churn"),
        ("segments", ["income_percentile"], "income_percentile ← annual_income (derived)"),
    ],
)
def test_strict_refuses_listed_columns_that_leak(task: TaskName, columns: list[str], path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(PURCHASING, FeatureSettings(name="strict", columns=columns), task)
    assert f"features=strict refuses: {path}" in str(caught.value)
    assert build(PURCHASING, FeatureSettings(name="clean", columns=columns), task).names == tuple(columns)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["age", "agee"], "Did you mean 'age'?"),
        ([], "features.columns is empty"),
        (["age", "region_North", "age"], "'age' is listed twice"),
        (["clv"], "Unknown feature 'clv'"),
    ],
)
def test_an_impossible_list_of_columns_is_refused(columns: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(PURCHASING, FeatureSettings(columns=columns), "churn")
    assert message in str(caught.value)


def test_a_feature_set_that_the_table_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError, match="declares no leaky columns"):
        build(customers(), FeatureSettings(name="leaky"), "churn")
    with pytest.raises(ConfigError, match="models for: churn, segments"):
        build(customers(), FeatureSettings(), "clv")
    leaking = Lineage({"visits": Origin(("left",))})
    with pytest.raises(ConfigError, match="features=strict leaves no column"):
        build(replace(customers(), lineage=leaking), FeatureSettings(name="strict"), "churn")


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_missing_value_is_refused_or_imputed_in_the_fold(bad: float) -> None:
    table = customers(spend=[1.0, bad, 3.0, bad], note=["a", None, "b", "b"])
    with pytest.raises(DataError) as caught:
        build(table, FeatureSettings(), "churn")
    assert "missing or infinite values in: spend (2), note (1)" in str(caught.value)
    assert "features.impute=median" in str(caught.value)
    filled = build(table, FeatureSettings(impute="median"), "churn").X
    assert filled["spend"].isna().tolist() == [False, True, False, True]
    assert filled["note"].isna().sum() == 1


@pytest.mark.parametrize(
    ("values", "dtype", "ready"),
    [
        ([True, False, True, True], "bool", [1.0, 0.0, 1.0, 1.0]),
        ([True, None, False, True], "boolean", [1.0, math.nan, 0.0, 1.0]),
        ([3, None, 1, 2], "Int64", [3.0, math.nan, 1.0, 2.0]),
        ([3, 1, 1, 2], "int8", [3.0, 1.0, 1.0, 2.0]),
    ],
)
def test_numbers_of_every_type_become_floats(values: list[Any], dtype: str, ready: list[float]) -> None:
    column = pd.Series(values, dtype=dtype)
    X = build(customers(it=column), FeatureSettings(impute="mean"), "churn").X
    assert X["it"].dtype == np.float64
    np.testing.assert_array_equal(X["it"], ready)


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string"])
def test_texts_of_every_type_become_categories(dtype: str) -> None:
    column = pd.Series(["b", "a", None, "b"], dtype=object).astype(dtype)
    X = build(customers(it=column), FeatureSettings(impute="mean"), "churn").X
    assert X["it"].dtype == pd.CategoricalDtype(["a", "b"])
    assert X["it"].isna().tolist() == [False, False, True, False]


def test_dates_stay_dates_for_the_pipeline() -> None:
    table = customers(day=pd.date_range("2024-01-01", periods=4))
    assert build(table, FeatureSettings(), "churn").X["day"].dtype.kind == "M"


def test_rows_equal_but_for_their_id_share_a_twin_number() -> None:
    table = customers(shop=["a", "a", "a", None, None], spend=[1.0, 1.0, math.nan, 2.0, 2.0])
    frame = table.frame.assign(left=[0, 0, 0, 1, 1], visits=1)
    found = build(replace(table, frame=frame), FeatureSettings(impute="mean"), "churn").twins
    assert found.tolist() == [0, 0, 1, 2, 2]
    other = build(
        replace(table, frame=frame.assign(left=[0, 1, 0, 1, 1])), FeatureSettings(impute="mean"), "churn"
    )
    assert len(set(other.twins)) == 4
    assert len(set(build(PURCHASING, FeatureSettings(), "churn").twins)) == 60


def test_features_and_labels_that_depend_on_other_rows_are_fitted_in_the_fold() -> None:
    assert build(PURCHASING, FeatureSettings(), "clv").builder is None
    in_fold = build(PURCHASING, FeatureSettings(name="leaky"), "clv")
    assert in_fold.builder is not None
    assert not hasattr(in_fold.builder, "learned_")
    assert build(PURCHASING, FeatureSettings(name="leaky", fit="table"), "clv").builder is None
    for fit, fitted in (("fold", True), ("table", False)):
        churn = build(PURCHASING, FeatureSettings(fit=fit), "churn")
        assert churn.target is not None
        assert churn.target.fitted is fitted
        assert churn.y is not None
        assert churn.y.sum() == 60


def test_groups_of_the_table_are_numbered() -> None:
    assert build(table_with_every_role(), FeatureSettings(), "churn").groups.tolist() == [0, 0, 1, 1]  # type: ignore[union-attr]
    assert build(customers(), FeatureSettings(), "churn").groups is None
