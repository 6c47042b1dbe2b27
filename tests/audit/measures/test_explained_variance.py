from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.measures import explained_variance


def folded(y: np.ndarray) -> explained_variance.FoldedTarget:
    return explained_variance.fold_target(y, np.arange(len(y)), seed=0)


def test_noise_explains_nothing_and_a_copy_everything() -> None:
    rng = np.random.default_rng(0)
    y = rng.exponential(size=600)
    alone = explained_variance.of_each_column(
        folded(y), np.column_stack([rng.normal(size=600), y, -np.log(y), np.round(y, 2)])
    )
    assert alone[0] < 0.02
    assert (alone[1:] > 0.999).all()


def test_bins_explain_a_curve_that_is_not_monotone() -> None:
    x = np.linspace(-1, 1, 600)
    target = folded(x**2)
    assert target.score(explained_variance.predict_by_rank(target, x[:, None]))[0] < 0.05
    assert explained_variance.of_each_column(target, x[:, None])[0] > 0.95


def test_twins_are_in_one_fold_so_that_they_cannot_be_memorised() -> None:
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(60), 8)
    y, code = rng.normal(size=60)[person], rng.permutation(60)[person].astype(float)
    separate = explained_variance.fold_target(y, np.arange(480), seed=0)
    together = explained_variance.fold_target(y, person, seed=0)
    assert explained_variance.of_each_column(separate, code[:, None])[0] > 0.5
    assert explained_variance.of_each_column(together, code[:, None])[0] < 0.1


def test_missing_values_are_a_bin_of_their_own() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(500) < 0.3).astype(float)
    x = np.where(y == 1, np.nan, rng.normal(size=500))
    assert explained_variance.of_each_column(folded(y), x[:, None])[0] > 0.95


def test_all_columns_take_the_better_of_ridge_and_trees() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3))
    none = np.zeros(3, dtype=bool)
    ridge = explained_variance.of_all_columns(folded(X.sum(axis=1)), X, none, seed=0)
    corner = explained_variance.of_all_columns(
        folded(np.sign(X[:, 0]) * np.sign(X[:, 1]) + 0.1 * X[:, 2]), X, none, seed=0
    )
    assert ridge > 0.95
    assert corner > 0.7


def test_trees_are_not_fitted_where_the_ridge_explains_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    monkeypatch.setattr(explained_variance, "_trees", lambda *_: pytest.fail("trees were fitted"))
    assert (
        explained_variance.of_all_columns(folded(X.sum(axis=1)), X, np.zeros(2, dtype=bool), 0, enough=0.5)
        > 0.9
    )
