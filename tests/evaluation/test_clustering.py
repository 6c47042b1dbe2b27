"""Segments: k is in its range, clear groups are found, the null has none, and no holdout row is used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from threadpoolctl import threadpool_limits

from cip_exp.config.schemas import FeatureSettings, SeedSettings, SplitSettings
from cip_exp.data import purchasing_table
from cip_exp.evaluation import clustering, split
from cip_exp.evaluation.metrics import silhouette
from cip_exp.features.build import build
from cip_exp.models import pipeline as model
from cip_exp.records.lineage import Lineage
from cip_exp.records.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cip_exp.records.table import Features, Split

PURCHASING = purchasing_table.load(None)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """On a busy machine, threads that wait for each other make a fit of 150 rows 15 times as long."""
    with threadpool_limits(1):
        yield


def blobs(centers: int = 4, spread: float = 0.3, n: int = 160) -> tuple[Features, Split]:
    at = [(10.0 * i, 10.0 * (i % 2)) for i in range(centers)]
    X, _ = make_blobs(n, centers=at, cluster_std=spread, random_state=0)
    return prepare(Table("made", pd.DataFrame(X, columns=["x", "y"]), "", {}, Lineage()))


def prepare(table: Table, **feature_settings: Any) -> tuple[Features, Split]:
    features = build(table, FeatureSettings(**feature_settings), "segments")
    return features, split.split_rows(features, SplitSettings(n_splits=3), SeedSettings(), [0])


def pipeline(features: Features, k: int | None = None) -> Any:
    kmeans = KMeans(n_clusters=k, n_init=3)  # type: ignore[arg-type]
    return model.pipeline(kmeans, features, scale=True, impute="error")


def scored(features: Features, planned: Split, k_range: tuple[int, int] = (2, 6)) -> list[Any]:
    return list(clustering.score_folds(pipeline(features), features, planned.folds, [3], k_range))


def test_clear_groups_are_found_in_held_out_rows() -> None:
    features, planned = blobs()
    pairs = scored(features, planned)
    fits = [fitted for _, fitted in pairs]
    assert [fitted.named_steps["model"].n_clusters for fitted in fits] == [4, 4, 4]
    assert min(each.test["silhouette"] for each, _ in pairs) > 0.9
    assert clustering.stability(fits, features.X.iloc[planned.final.train]) == 1.0
    assert clustering.null_silhouette(fits, features, planned.folds, 0) < 0.8


def test_scores_are_the_silhouettes_of_each_side_in_the_space_of_the_model() -> None:
    features, planned = blobs(spread=2.0)
    for each, fitted in scored(features, planned):
        for side, found in ((each.fold.train, each.train), (each.fold.test, each.test)):
            rows = features.X.iloc[side]
            space = fitted[:-1].transform(rows)
            assert found["silhouette"] == silhouette(space, fitted.predict(rows))
        assert np.array_equal(each.prediction, fitted.predict(features.X.iloc[each.fold.test]))


@pytest.mark.parametrize(("k_range", "k"), [((2, 3), 3), ((4, 6), 4), ((5, 6), 5), ((2, 6), 4)])
def test_k_is_the_best_of_its_range_also_at_its_edge(k_range: tuple[int, int], k: int) -> None:
    features, _ = blobs()
    fitted = clustering.choose_k(model.seeded(pipeline(features), 0), features.X, k_range)
    assert fitted.named_steps["model"].n_clusters == k


def test_the_fit_with_the_chosen_k_equals_that_of_a_pipeline() -> None:
    features, _ = blobs(spread=2.0)
    chosen = clustering.choose_k(model.seeded(pipeline(features), 5), features.X, (2, 6))
    k = chosen.named_steps["model"].n_clusters
    plain = model.seeded(pipeline(features, k), 5).fit(features.X)
    centers = plain.named_steps["model"].cluster_centers_
    assert np.array_equal(chosen.named_steps["model"].cluster_centers_, centers)
    assert np.array_equal(clustering.score_labels(chosen, features.X), plain.predict(features.X))


def test_a_fixed_k_is_kept() -> None:
    features, _ = blobs()
    fitted = clustering.choose_k(model.seeded(pipeline(features, 5), 0), features.X, (2, 3))
    assert fitted.named_steps["model"].n_clusters == 5


def test_no_k_above_the_number_of_different_rows_is_tried() -> None:
    frame = pd.DataFrame({"x": np.arange(60.0) % 3})
    features = build(Table("made", frame, "", {}, Lineage()), FeatureSettings(), "segments")
    fitted = clustering.choose_k(model.seeded(pipeline(features), 0), features.X, (2, 8))
    assert fitted.named_steps["model"].n_clusters == 3


def test_stability_is_one_for_a_single_fit_and_lower_for_different_fits() -> None:
    features, _ = blobs()
    fits = [model.seeded(pipeline(features, k), 0).fit(features.X) for k in (2, 4)]
    assert clustering.stability(fits[:1], features.X) == 1.0
    assert clustering.stability(fits, features.X) < 0.8


def test_without_structure_the_null_has_the_same_score() -> None:
    above = []
    for seed in range(6):
        noise = pd.DataFrame(np.random.default_rng(seed).uniform(size=(300, 3)), columns=list("abc"))
        features, planned = prepare(Table("made", noise, "", {}, Lineage()))
        pairs = scored(features, planned, (2, 3))
        real = np.mean([each.test["silhouette"] for each, _ in pairs])
        fits = [fitted for _, fitted in pairs]
        above.append(real - clustering.null_silhouette(fits, features, planned.folds, 0))
    # One table's difference has a standard deviation of 0.023 (measured on 30): three standard errors.
    assert abs(np.mean(above)) < 0.028


def test_in_sample_the_null_uses_the_same_rows() -> None:
    features, _ = blobs()
    (fold,) = split.split_in_sample(features).folds
    fitted = model.seeded(pipeline(features, 4), 0).fit(features.X)
    found = clustering.null_silhouette([fitted], features, [fold], 0)
    assert found == clustering.null_silhouette([fitted], features, [fold], 0)
    assert 0.2 < found < 0.8 < clustering.score(fitted, features.X)[0]


@pytest.mark.parametrize("feature_settings", [{"columns": ["customer_value_score", "age", "region"]}, {}])
def test_no_holdout_row_affects_scores_stability_or_null(feature_settings: dict[str, Any]) -> None:
    features, planned = prepare(PURCHASING, **feature_settings)
    assert (features.builder is None) == (not feature_settings)
    sealed = planned.final.test
    X, frame = features.X.copy(), PURCHASING.frame.copy()
    for changed in (X, frame):
        numbers = list(changed.select_dtypes("number").columns)
        changed[numbers] = changed[numbers].astype(float)
        changed.loc[changed.index[sealed], numbers] = 1e6
    bad = replace(features, X=X, table=replace(PURCHASING, frame=frame))
    found = []
    for each in (features, bad):
        pairs = scored(each, planned, (2, 3))
        fits = [fitted for _, fitted in pairs]
        rows = model.inputs(each).iloc[planned.final.train]
        null = clustering.null_silhouette(fits, each, planned.folds, 0)
        found.append(([score.test for score, _ in pairs], clustering.stability(fits, rows), null))
    assert found[0] == found[1]
