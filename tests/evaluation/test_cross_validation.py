"""Scores of folds equal scikit-learn's, predictions are out of fold, and no holdout row affects them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as theirs
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor, HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeRegressor

from cip_exp.config.estimator import PLAIN
from cip_exp.config.schemas import FeatureSettings, SeedSettings, SplitSettings
from cip_exp.data import purchasing_table
from cip_exp.data.column_target import column_target
from cip_exp.evaluation import cross_validation, split
from cip_exp.evaluation.statistics import corrected_se
from cip_exp.features.build import build
from cip_exp.forest import RandomForestClassifier, RandomForestRegressor
from cip_exp.models import pipeline
from cip_exp.records.lineage import Lineage
from cip_exp.records.table import Fold, Table

if TYPE_CHECKING:
    from cip_exp.records.table import Features, Split, TaskName

PURCHASING = purchasing_table.load(None)
FOREST = RandomForestClassifier(n_estimators=10, max_depth=4, class_weight="balanced")


def customers(n: int = 90) -> Table:
    """A table with missing values, texts and a rare level, as read by data=csv."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "churn": (np.arange(n) % 3 == 0).astype(int),
            "spend": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
            "visits": rng.integers(0, 9, n),
            "plan": pd.Series(rng.choice(["a", "b", "c"], n)).where(np.arange(n) != 7, "rare"),
            "paper": pd.Series(rng.choice(["no", "yes"], n)).where(rng.random(n) < 0.9, None),
        }
    )
    return Table("csv", frame, "", {"churn": column_target("churn")}, Lineage())


def prepare(table: Table, task: TaskName, **feature_settings: Any) -> tuple[Features, Split]:
    features = build(table, FeatureSettings(**feature_settings), task)
    return features, split.split_rows(features, SplitSettings(n_splits=3), SeedSettings(), [0])


def scored(
    estimator: Any, features: Features, planned: Split, impute: str = "error"
) -> list[cross_validation.FoldScore]:
    pipe = pipeline.pipeline(estimator, features, scale=True, impute=impute)
    return list(cross_validation.score_folds(pipe, features, planned.folds, [7]))


@pytest.mark.parametrize("set_name", ["clean", "strict"])
def test_churn_scores_are_those_of_scikit_learn_on_frames(set_name: str) -> None:
    features, planned = prepare(PURCHASING, "churn", name=set_name)
    for each in scored(FOREST, features, planned):
        fold = each.fold
        forest = clone(FOREST).set_params(random_state=7)
        pipe = pipeline.pipeline(forest, features, scale=True, impute="error")
        pipe.fit(features.X.iloc[fold.train], fold.y_train)
        for side, found in ((fold.train, each.train), (fold.test, each.test)):
            y = fold.y_train if side is fold.train else fold.y_test
            rows = features.X.iloc[side]
            predicted, probability = pipe.predict(rows), pipe.predict_proba(rows)[:, 1]
            assert found["f1"] == theirs.f1_score(y, predicted, zero_division=0)
            assert found["precision"] == theirs.precision_score(y, predicted, zero_division=0)
            assert found["recall"] == theirs.recall_score(y, predicted)
            assert found["roc_auc"] == pytest.approx(theirs.roc_auc_score(y, probability))
            assert found["average_precision"] == pytest.approx(theirs.average_precision_score(y, probability))
            assert found["log_loss"] == pytest.approx(theirs.log_loss(y, probability, labels=[0, 1]))
        assert np.array_equal(each.prediction, probability)


def test_clv_scores_are_those_of_scikit_learn_on_frames() -> None:
    features, planned = prepare(PURCHASING, "clv")
    for each in scored(RandomForestRegressor(n_estimators=10), features, planned):
        fold = each.fold
        forest = RandomForestRegressor(n_estimators=10, random_state=7)
        pipe = pipeline.pipeline(forest, features, scale=True, impute="error")
        predicted = pipe.fit(features.X.iloc[fold.train], fold.y_train).predict(features.X.iloc[fold.test])
        assert np.array_equal(each.prediction, predicted)
        assert each.test["r2"] == pytest.approx(theirs.r2_score(fold.y_test, predicted))
        assert each.test["mae"] == pytest.approx(theirs.mean_absolute_error(fold.y_test, predicted))


CASES: dict[str, tuple[Table, TaskName, dict[str, Any], Any]] = {
    "missing values and texts": (customers(), "churn", {"impute": "median"}, FOREST),
    "imputed by mean": (customers(), "churn", {"impute": "mean"}, LogisticRegression()),
    "features and label": (PURCHASING, "churn", {"name": "leaky", "fit": "fold"}, FOREST),
    "ranks": (PURCHASING, "clv", {"name": "leaky", "fit": "fold"}, RandomForestRegressor(n_estimators=5)),
}


@pytest.mark.parametrize("name", CASES)
def test_no_holdout_row_affects_a_fold(name: str) -> None:
    table, task, feature_settings, estimator = CASES[name]
    features, planned = prepare(table, task, **feature_settings)
    sealed = planned.final.test
    X, frame = features.X.copy(), table.frame.copy()
    for changed in (X, frame):
        numbers = list(changed.select_dtypes(["number", "bool"]).columns)
        changed[numbers] = changed[numbers].astype(float)
        changed.loc[changed.index[sealed], numbers] = 1e9
        texts = changed.columns.difference(numbers)
        changed[texts] = changed[texts].astype(object)
        changed.loc[changed.index[sealed], texts] = "poison"
    y = np.array(features.y)
    y[sealed] = 1 - y[sealed]
    bad = replace(features, X=X, y=y, table=replace(table, frame=frame))
    impute = feature_settings.get("impute", "error")
    for good, same in zip(
        scored(estimator, features, planned, impute), scored(estimator, bad, planned, impute), strict=True
    ):
        assert good.train == same.train
        assert good.test == same.test
        assert np.array_equal(good.prediction, same.prediction)


def test_a_level_that_no_training_row_has_is_ignored() -> None:
    features, planned = prepare(customers(), "churn", impute="median")
    holder = next(fold for fold in planned.folds if 7 in fold.test or 7 in planned.final.test)
    assert (features.X["plan"].iloc[holder.train] != "rare").all()
    for estimator in (LogisticRegression(), FOREST, HistGradientBoostingClassifier(max_iter=5)):
        assert len(scored(estimator, features, planned, "median")) == 3  # and no warning, or it would raise


def test_a_column_without_values_in_a_fold_is_kept() -> None:
    table = customers()
    frame = table.frame.assign(
        once=np.where(np.arange(90) == 0, 1.0, np.nan), predicted=pd.Series(["x"]).reindex(range(90))
    )
    features, planned = prepare(replace(table, frame=frame), "churn", impute="most_frequent")
    assert len(scored(LogisticRegression(), features, planned, "most_frequent")) == 3


@pytest.mark.parametrize(("many_levels", "n_columns"), [("one_hot", 100), ("target_encode", 1)])
def test_a_text_column_becomes_a_hundred_columns_at_most(many_levels: str, n_columns: int) -> None:
    n = 600
    frame = pd.DataFrame({"churn": np.arange(n) % 2, "mail": [f"{i % 299}@example.org" for i in range(n)]})
    table = Table("csv", frame, "", {"churn": column_target("churn")}, Lineage())
    features, _ = prepare(table, "churn")
    pipe = pipeline.pipeline(
        LogisticRegression(), features, scale=False, impute="error", many_levels=many_levels
    )
    fitted = pipe.fit(features.X, features.y)
    assert fitted.named_steps["model"].coef_.shape == (1, n_columns)


def test_every_estimator_inside_a_model_has_the_seed() -> None:
    features, planned = prepare(PURCHASING, "clv")
    nested = TransformedTargetRegressor(
        BaggingRegressor(DecisionTreeRegressor(max_features=1), n_estimators=3),
        func=np.log,
        inverse_func=np.exp,
    )
    one, two = (scored(nested, features, planned) for _ in range(2))
    assert [each.test for each in one] == [each.test for each in two]
    pipe = pipeline.pipeline(nested, features, scale=False, impute="error")
    seeded = pipeline.seeded(pipe, 5).named_steps["model"]
    assert seeded.regressor.random_state == seeded.regressor.estimator.random_state == 5
    assert pipe.named_steps["model"].regressor.random_state is None
    without_seed = pipeline.pipeline(LinearRegression(), features, scale=False, impute="error")
    assert (
        pipeline.seeded(without_seed, 5).named_steps["model"].get_params() == LinearRegression().get_params()
    )


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(7, max_depth=3),
        LogisticRegression(C=0.5),
        LinearRegression(),
        BaggingRegressor(DecisionTreeRegressor(max_features=1), n_estimators=3),
    ],
)
def test_seeded_copies_equal_clones(estimator: Any) -> None:
    copy_with = pipeline.seeded_copies(estimator)
    for seed in (3, 5):
        slow = pipeline.seeded(Pipeline([("model", estimator)]), seed).named_steps["model"]
        assert type(copy_with(seed)) is type(slow)
        assert str(vars(copy_with(seed))) == str(vars(slow))
        assert str(copy_with(seed).get_params()) == str(slow.get_params())
    one, two = copy_with(1), copy_with(1)
    for name, value in vars(one).items():
        assert value is not vars(two)[name] or isinstance(value, (*PLAIN, tuple)), name


def fold(number: int, test: list[int], replicate: int = 0) -> Fold:
    train = np.setdiff1d(np.arange(6), test)
    return Fold(replicate, number, train, np.array(test), None, None)


def score_of(which: Fold, prediction: list[float], task: TaskName) -> cross_validation.FoldScore:
    scores = dict.fromkeys(cross_validation.TASKS[task].metrics, 0.5)
    return cross_validation.FoldScore(which, scores, scores, np.array(prediction), 0.25)


def test_collect_averages_predictions_over_repeats() -> None:
    features, _ = prepare(PURCHASING, "clv")
    features = replace(features, X=features.X.head(6))
    folds = [
        score_of(fold(0, [0, 1]), [1.0, 2.0], "clv"),
        score_of(fold(1, [2, 3]), [3.0, 4.0], "clv"),
        score_of(fold(2, [1, 2, 3]), [5.0, 6.0, 7.0], "clv"),
        score_of(fold(0, [5], replicate=1), [9.0], "clv"),
    ]
    found = cross_validation.collect(features, folds, 2, 3, "r2")
    nan = math.nan
    np.testing.assert_array_equal(found.oof, [[1, 3.5, 4.5, 5.5, nan, nan], [nan, nan, nan, nan, nan, 9]])
    assert found.n_folds == 3
    assert found.fit_seconds == 1.0
    assert found.test_ratio == pytest.approx((2 / 4 + 2 / 4 + 3 / 3 + 1 / 5) / 4)
    assert found.test["r2"].tolist() == [0.5] * 4


def test_clusters_of_repeated_folds_are_not_averaged() -> None:
    features, _ = prepare(PURCHASING, "segments")
    features = replace(features, X=features.X.head(6))
    folds = [
        score_of(fold(0, [0, 1]), [1.0, 2.0], "segments"), score_of(fold(1, [1, 2]), [7.0, 0.0], "segments"),
    ]  # fmt: skip
    oof = cross_validation.collect(features, folds, 1, 2, "f1").oof
    np.testing.assert_array_equal(oof, [[1, 2, 0, math.nan, math.nan, math.nan]])


def test_the_corrected_standard_error_by_hand() -> None:
    # Variance 0.025; (1/5 + 1/4) × 0.025 = 0.01125.
    assert corrected_se(np.array([0.6, 0.7, 0.8, 0.9, 1.0]), 0.25) == pytest.approx(0.1060660172)
    assert math.isnan(corrected_se(np.array([0.6]), 0.25))


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=20), st.floats(0, 1))
def test_the_corrected_standard_error_is_never_below_the_naive_one(scores: list[float], ratio: float) -> None:
    naive = np.std(scores, ddof=1) / np.sqrt(len(scores))
    assert corrected_se(np.array(scores), ratio) >= naive * (1 - 1e-12)


def test_segments_are_not_scored_here() -> None:
    features, planned = prepare(PURCHASING, "segments")
    with pytest.raises(TypeError, match=r"cip_exp\.evaluation\.clustering"):
        cross_validation.score(features, None, features.X, planned.final.y_test)  # type: ignore[arg-type]
