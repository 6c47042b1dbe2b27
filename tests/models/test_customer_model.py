"""The saved model takes raw rows as they are, and answers in the user's words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from cip_exp.errors import DataError
from cip_exp.models.customer_model import CustomerModel, is_positive

DRAW = np.random.default_rng(0)
ROWS = pd.DataFrame(
    {
        "age": DRAW.integers(18, 70, 80).astype(float),
        "member": DRAW.integers(0, 2, 80).astype(float),
        "plan": DRAW.choice(["basic", "plus", "7"], 80),
    }
)
CHURNED = (ROWS["age"] + 20 * (ROWS["plan"] == "plus") > 55).astype(int)
TYPED = pd.DataFrame({"age": [30.0, 60.0], "member": [1.0, 0.0], "plan": ["plus", "7"]})


def fitted(**settings: Any) -> CustomerModel:
    encode = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    prepare = ColumnTransformer([("numbers", "passthrough", ["age", "member"]), ("texts", encode, ["plan"])])
    pipe = Pipeline([("prepare", prepare), ("model", LogisticRegression(max_iter=1000))]).fit(ROWS, CHURNED)
    plain = {"labels": ("no", "yes"), "fill": {"age": 44.0, "member": 0.0, "plan": "basic"}}
    return CustomerModel(pipe, list(ROWS), "churn", numbers=["age", "member"], **(plain | settings))


@pytest.mark.parametrize(
    "raw",
    [
        pd.DataFrame({"age": [30, 60], "member": [True, False], "plan": ["plus", "7"]}),
        pd.DataFrame({"age": ["30", " 60.0 "], "member": ["True", "false"], "plan": ["plus", 7]}),
        pd.DataFrame({"age": [30, 60], "member": [1, 0], "plan": pd.Categorical(["plus", "7"])}),
        pd.DataFrame(
            {"plan": ["plus", "7"], "extra": [1, 2], "member": [1, 0], "age": [30, 60]}, index=[5, 9]
        ),
        [{"age": 30, "member": 1, "plan": "plus"}, {"age": 60, "member": 0, "plan": 7.0}],
    ],
    ids=["integers", "texts", "category", "order", "records"],
)
def test_types_order_and_further_columns_change_no_answer(raw: Any) -> None:
    model = fitted()
    expected, found = model.predict(TYPED), model.predict(raw)
    assert found["prediction"].tolist() == expected["prediction"].tolist()
    assert found["probability"].tolist() == expected["probability"].tolist()
    assert set(found["prediction"]) <= {"no", "yes"}
    if isinstance(raw, pd.DataFrame):
        assert found.index.equals(raw.index)


@pytest.mark.parametrize("hole", [None, np.nan, "", "  "])
def test_a_hole_is_filled_and_an_unknown_level_is_no_error(hole: Any) -> None:
    model = fitted()
    holes = pd.DataFrame({"age": [hole, 60], "member": [1, hole], "plan": [hole, "platinum"]})
    filled = pd.DataFrame({"age": [44.0, 60], "member": [1, 0], "plan": ["basic", "platinum"]})
    assert model.predict(holes).equals(model.predict(filled))
    one = pd.DataFrame({"age": [hole], "member": [hole], "plan": [hole]})
    assert model.predict(one)["probability"].notna().all()


def test_without_fill_a_hole_reaches_the_pipeline() -> None:
    read = fitted(fill=None).read(pd.DataFrame({"age": [np.inf], "member": [None], "plan": [np.nan]}))
    assert read.isna().to_numpy().all()
    assert read.dtypes.astype(str).tolist() == ["float64", "float64", "object"]


def test_what_is_missing_or_wrong_is_named_in_one_message() -> None:
    with pytest.raises(DataError, match=r"Missing columns: member, plan\."):
        fitted().predict(pd.DataFrame({"age": [3], "plans": ["plus"]}))
    with pytest.raises(DataError, match="Text in a number column: 'old' in column 'age'"):
        fitted().predict(TYPED.assign(age=["30", "old"]))


def test_the_threshold_decides() -> None:
    rows = ROWS.head(20)
    churn = fitted().predict(rows)["probability"]
    for threshold in (0.0, float(churn.median()), float("inf")):
        said = fitted(threshold=threshold).predict(rows)["prediction"]
        assert (said == "yes").tolist() == (churn >= threshold).tolist()
    assert is_positive(np.array([0.5, 0.6]), 0.5).tolist() == [False, True]
    assert fitted().predict_proba(rows)[:, 1].tolist() == churn.tolist()


def test_a_reader_takes_the_place_of_the_conversion() -> None:
    class Reader:
        def transform(self, rows: pd.DataFrame) -> pd.DataFrame:
            return pd.DataFrame({"age": rows["years"].str.removesuffix(" y").astype(float)})

    value = Pipeline([("model", LinearRegression())]).fit(ROWS[["age"]], ROWS["age"] * 2)
    model = CustomerModel(value, ["years"], "clv", reader=Reader())
    found = model.predict(pd.DataFrame({"years": ["30 y", "40 y"]}))
    assert list(found) == ["prediction"]
    assert np.allclose(found["prediction"], [60, 80])
