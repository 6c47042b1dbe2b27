"""The forests equal scikit-learn's to the last bit; scikit-learn's code fits what they do not cover."""

from __future__ import annotations

import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn import ensemble
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._criterion import Gini
from sklearn.tree._tree import Tree
from sklearn.utils.estimator_checks import check_estimator
from skops.io import dumps, get_untrusted_types

from cip_exp import forest
from cip_exp.forest import _trees
from cip_exp.forest._bootstrap import _SHARED, SeededGenerator, bootstrap_sampler, shared_generator

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASSIFIERS = (ensemble.RandomForestClassifier, forest.RandomForestClassifier)
REGRESSORS = (ensemble.RandomForestRegressor, forest.RandomForestRegressor)
NUMBERS: list[list[Any]] = [[0, 1], [0, 1], [-1.0, 2.0, 7.0, 8.0], [5]]
LABELS: list[list[Any]] = [*NUMBERS, ["yes", "no", "perhaps"], [False, True]]
RNG = np.random.default_rng(0)
X = RNG.integers(0, 5, (40, 4)).astype(float)
Y = RNG.integers(0, 2, 40)
FINE = X.astype(np.float32)


def plain(value: Any) -> Any:
    """Convert to values that `==` compares: estimators, trees and arrays, with bytes and types."""
    if isinstance(value, BaseEstimator):
        return [(name, plain(part)) for name, part in vars(value).items()]
    if isinstance(value, Tree):
        return plain(value.__reduce__()[1:])
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tolist() if value.dtype == object else value.tobytes()
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return [(name, plain(part)) for name, part in value.items()]
    return type(value), value


def outcome(model: Any, X: Any, y: Any, weight: Any = None, fits: int = 1) -> Any:
    """Fit and predict; return state, predictions, warnings or the error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for _ in range(fits):
                model.fit(X, y, weight)
                model.n_estimators += fits - 1
            methods = [name for name in ("predict", "predict_proba", "apply") if hasattr(model, name)]
            seen = [plain(getattr(model, name)(X)) for name in methods]
            seen += [plain(model), plain(model.feature_importances_)]
        except Exception as error:  # any error of stock code is the expected one
            seen = [type(error), str(error)]
    return seen, [(warning.category, str(warning.message)) for warning in caught]


@contextmanager
def recorded() -> Iterator[list[bool]]:
    """Collect for each fit whether it was covered, the value that `_trees.fit` returns."""
    covered: list[bool] = []
    fit = _trees.fit

    def record(*args: Any) -> bool:
        covered.append(fit(*args))
        return covered[-1]

    with mock.patch.object(_trees, "fit", record):
        yield covered


LIMITS = {
    "max_depth": st.integers(1, 8),
    "min_samples_split": st.integers(2, 12) | st.floats(0.01, 0.3),
    "min_samples_leaf": st.integers(1, 6) | st.floats(0.01, 0.1),
    "min_weight_fraction_leaf": st.floats(0, 0.2),
    "max_features": st.sampled_from(["sqrt", "log2", None, 1, 3, 9, 0.3, 1.0, np.int64(2)]),
    "max_leaf_nodes": st.integers(2, 20),
    "min_impurity_decrease": st.just(0.01),
    "ccp_alpha": st.just(0.02),
    "bootstrap": st.just(False),
    "max_samples": st.integers(1, 50) | st.floats(0.05, 1.5),
    "n_jobs": st.just(1),
}


@st.composite
def choices(draw: st.DrawFn) -> dict[str, Any]:
    """A few hyperparameters and a seed; all limits at once would leave only stumps."""
    names = draw(st.lists(st.sampled_from(sorted(LIMITS)), max_size=4, unique=True))
    if "bootstrap" in names and "max_samples" in names:
        names.remove("max_samples")
    drawn = {name: draw(LIMITS[name]) for name in names}
    return {"n_estimators": draw(st.integers(1, 6)), "random_state": draw(st.integers(0, 2**32 - 1)), **drawn}


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.random.Generator, Any, Any]:
    """A generator for y; X, of few distinct values or many, in either memory order; row weights or None."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    n = draw(st.integers(1, 60) | st.integers(60, 120))
    X = rng.integers(0, draw(st.sampled_from([1, 3, 1_000])), (n, draw(st.integers(1, 6)))).astype(float)
    if draw(st.booleans()):
        X = np.asfortranarray(X + rng.normal(size=X.shape))
    X = X.astype(draw(st.sampled_from([np.float32, np.float64])))
    kinds = [None, None, rng.integers(0, 3, n), rng.random(n).astype(np.float32), rng.random(n) - 0.01]
    return rng, X, kinds[draw(st.integers(0, len(kinds) - 1))]


def check_equal(classes: tuple[type, type], X: Any, y: Any, weight: Any, **params: Any) -> None:
    expected = outcome(classes[0](**params), X, y, weight)
    with recorded() as covered:
        assert outcome(classes[1](**params), X, y, weight) == expected
    failed = isinstance(expected[0][0], type)
    assert failed or covered == [True]


@pytest.mark.slow
@settings(max_examples=250, deadline=None, derandomize=True)
@given(tables(), choices(), st.sampled_from(LABELS), st.data())
def test_every_classifier_equals_stock_to_the_last_bit(
    table: Any, params: Any, labels: Any, data: Any
) -> None:
    rng, X, weight = table
    y = np.array(labels)[rng.integers(0, len(labels), len(X))]
    by_label = {label: float(number) for number, label in enumerate(np.unique(y).tolist())}
    balance = data.draw(st.sampled_from([None, "balanced", "balanced_subsample", by_label]))
    criterion = data.draw(st.sampled_from(["gini", "entropy", "log_loss"]))
    check_equal(CLASSIFIERS, X, y, weight, class_weight=balance, criterion=criterion, **params)


@pytest.mark.parametrize("balance", [None, "balanced", "balanced_subsample", {0: 2.0, 1: 0.5}])
@pytest.mark.parametrize(
    "labels", [Y, Y.astype(np.int8), Y * 7 - 3, Y * 0, np.arange(40) // 4, Y.astype(float)]
)
def test_cached_labels_are_encoded_equally(balance: Any, labels: Any) -> None:
    params = {"n_estimators": 2, "random_state": 1, "class_weight": balance}
    for bootstrap in (True, False, True):
        check_equal(CLASSIFIERS, FINE, labels, None, bootstrap=bootstrap, **params)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(tables(), choices(), st.integers(0, 3), st.sampled_from(["squared_error", "absolute_error"]))
def test_every_regressor_equals_stock_to_the_last_bit(
    table: Any, params: Any, places: Any, kind: Any
) -> None:
    rng, X, weight = table
    check_equal(REGRESSORS, X, rng.normal(size=len(X)).round(places), weight, criterion=kind, **params)


def test_deep_trees_and_predictions_of_new_rows_are_equal() -> None:
    X, new = RNG.normal(size=(1_500, 8)), RNG.normal(size=(700, 8))
    stock, ours = (kind(40, random_state=7).fit(X, X[:, 0] * X[:, 1] > 0.1) for kind in CLASSIFIERS)
    assert plain(stock) == plain(ours)
    assert max(tree.get_depth() for tree in ours.estimators_) > 12
    for shown in (new, csr_array(new), np.where(new > 2, np.nan, new)):
        assert stock.predict_proba(shown).tobytes() == ours.predict_proba(shown).tobytes()


def test_the_least_weight_of_a_leaf_is_computed_for_each_tree() -> None:
    # Each side of the only split has half the weight, but for the last bit.
    limit = {"min_weight_fraction_leaf": 0.5, "class_weight": "balanced_subsample", "random_state": 1}
    labels = np.arange(90) % 4 == 0
    check_equal(CLASSIFIERS, labels.reshape(-1, 1), labels, None, n_estimators=60, **limit)


class CumulatedShares(np.random.RandomState):
    """Draws exactly the cumulated shares, at which one row ends and the next begins."""

    def random_sample(self, size: Any = None) -> Any:
        return np.resize([0.5, 0.0, 0.25, 0.75, 0.25], size)


@pytest.mark.parametrize(
    ("kind", "weights"),
    [
        (np.random.RandomState, np.random.RandomState(0).rand(5_000)),
        (np.random.RandomState, np.random.RandomState(0).rand(5_000).astype(np.float32)),
        (np.random.RandomState, np.array([0, 0, 3, 0, 1, 0])),
        (CumulatedShares, np.ones(4)),
    ],
)
def test_weighted_samples_equal_those_of_choice(
    kind: Any, weights: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = kind(5).choice(len(weights), 4_000, p=weights / np.sum(weights))
    generator = kind(1)
    monkeypatch.setattr(_SHARED, "generator", generator)
    draw = bootstrap_sampler(len(weights), 4_000, weights, SeededGenerator())
    generator.seed(5)
    assert draw().tolist() == np.bincount(rows, minlength=len(weights)).tolist()


@given(st.integers(1, 600), st.integers(1, 600), st.integers(0, 2**32 - 1))
def test_even_samples_equal_those_of_randint(n: int, size: int, seed: int) -> None:
    start = SeededGenerator()
    draw = bootstrap_sampler(n, size, None, start)
    shared_generator().seed(seed)
    rows = np.random.RandomState(seed).randint(0, n, size)
    assert draw().tolist() == np.bincount(rows, minlength=n).tolist()
    start.seed = seed
    for limits in ((0, 2**31 - 1), (0, 7)):
        assert start.randint(*limits) == np.random.RandomState(seed).randint(*limits)


def test_a_value_that_numpy_rejects_is_drawn_again() -> None:
    start = SeededGenerator()
    start.seed, start.first = 3, 2**31 - 1
    assert start.randint(0, 2**31 - 1) == np.random.RandomState(3).randint(2**31 - 1)


INFINITE_X, MISSING_X = X.copy(), X.copy()
INFINITE_X[3, 1], MISSING_X[3, 1] = np.inf, np.nan


@pytest.mark.parametrize(
    ("params", "X", "y"),
    [
        pytest.param({}, X, np.column_stack([Y, Y]), id="several targets"),
        pytest.param({}, X, Y.reshape(-1, 1), id="column vector"),
        pytest.param({}, X, [[label, 1] for label in Y.tolist()], id="several targets in lists"),
        pytest.param({}, MISSING_X, Y, id="missing values"),
        pytest.param({}, csr_array(X), Y, id="sparse"),
        pytest.param({}, pd.DataFrame(X).astype(pd.SparseDtype(float, 0)), Y, id="sparse frame"),
        pytest.param({"oob_score": True, "n_estimators": 40}, X, Y, id="out of bag"),
        pytest.param({"monotonic_cst": [1, 0, 0, -1]}, X, Y, id="monotonic"),
        pytest.param({"criterion": Gini(1, np.array([2]))}, X, Y, id="own criterion"),
        pytest.param({"n_jobs": 2}, np.tile(X, (51, 1)), np.tile(Y, 51), id="threads on many rows"),
        pytest.param({"bootstrap": False, "max_samples": 5}, X, Y, id="samples of no bootstrap"),
    ],
)
def test_stock_code_fits_what_is_not_covered(params: Any, X: Any, y: Any) -> None:
    stock, ours = (kind(**{"n_estimators": 5, "random_state": 1, **params}) for kind in CLASSIFIERS)
    with recorded() as covered:
        # As text, since the criterion objects of the two models differ; their trees are equal.
        got, expected = outcome(ours, X, y), outcome(stock, X, y)
    assert str(got).replace("\n", "") == str(expected).replace("\n", "")
    assert covered == [False]


def test_stock_code_fits_warm_start_poisson_verbose_and_other_trees() -> None:
    warm, poisson, verbose = {"warm_start": True}, {"criterion": "poisson"}, {"verbose": 1}
    with recorded() as covered:
        for kinds, params, fits in (
            (CLASSIFIERS, warm, 2),
            (REGRESSORS, poisson, 1),
            (REGRESSORS, verbose, 1),
        ):
            stock, ours = (outcome(kind(4, random_state=1, **params), X, Y, None, fits) for kind in kinds)
            assert ours == stock
        stock, ours = (kind(4, random_state=1) for kind in CLASSIFIERS)
        stock.estimator = ours.estimator = DecisionTreeClassifier(splitter="random")
        assert outcome(ours, X, Y) == outcome(stock, X, Y)
    assert covered == [False] * 5


@pytest.mark.parametrize(
    ("params", "X", "y", "weight"),
    [
        ({"n_estimators": 0}, X, Y, None),
        ({"max_depth": "deep"}, X, Y, None),
        ({"oob_score": np.array([1, 2])}, X, Y, None),
        ({"criterion": ["gini"]}, X, Y, None),
        ({"class_weight": "fair"}, X, Y, None),
        ({"class_weight": {0: -1.0, 1: 2.0}}, X, Y, None),
        ({"class_weight": {0: 0.0, 1: 0.0}}, X, Y, None),
        ({"class_weight": {0: 0.0, 1: 0.0}, "bootstrap": False}, X, Y, None),
        ({}, INFINITE_X, Y, None),
        ({}, X[0], Y, None),
        ({}, X[:0], Y[:0], None),
        ({}, X.astype(str) + "a", Y, None),
        ({}, X, Y[:-1], None),
        ({}, X, None, None),
        ({}, X, [*[[1]] * 39, [1, 2]], None),
        ({}, X, Y + 0.5, None),
        ({}, X, np.where(Y, np.nan, 1.0), None),
        ({}, X, Y, 0.5 - Y),
        ({}, X, Y, np.zeros(40)),
        ({}, X, Y, np.ones(39)),
        ({}, X, Y, np.where(Y, np.nan, 1.0)),
    ],
)
def test_invalid_input_raises_the_error_of_stock(params: Any, X: Any, y: Any, weight: Any) -> None:
    stock, ours = (outcome(kind(**{"random_state": 1, **params}), X, y, weight) for kind in CLASSIFIERS)
    assert issubclass(stock[0][0], Exception)
    assert ours == stock


@pytest.mark.parametrize(
    "rows",
    [
        FINE[:, :3],
        FINE[0],
        FINE[:0],
        FINE[None],
        INFINITE_X.astype(np.float32),
        FINE + 1j,
        FINE[:1].tolist() * 2,
    ],
    ids=["too narrow", "one row", "no row", "three axes", "infinite", "complex", "lists"],
)
@pytest.mark.parametrize("fitted_on", [FINE, pd.DataFrame(FINE, columns=list("abcd")), None])
def test_rows_to_predict_are_checked_as_in_stock_code(rows: Any, fitted_on: Any) -> None:
    def predicted(kind: Any) -> Any:
        model = kind(3, criterion="absolute_error", random_state=1)
        if fitted_on is not None:
            model.fit(fitted_on, Y)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                seen = plain(model.predict(rows))
            except Exception as error:  # any error of stock code is the expected one
                seen = type(error), str(error)
        return seen, [str(warning.message) for warning in caught]

    stock, ours = (predicted(kind) for kind in REGRESSORS)
    assert ours == stock


@pytest.mark.slow
def test_scikit_learns_estimator_checks_have_the_same_results() -> None:
    for kinds in (CLASSIFIERS, REGRESSORS):
        stock, ours = (check_estimator(kind(5), on_fail=None, on_skip=None) for kind in kinds)
        ends = [[(check["check_name"], check["status"]) for check in checks] for checks in (stock, ours)]
        assert ends[0] == ends[1]
        assert sum(end == "passed" for _, end in ends[1]) > 50


def test_feature_names_of_frames_are_kept() -> None:
    frame = pd.DataFrame(X, columns=list("abcd")).assign(e=pd.Series(Y).astype(bool))
    stock, ours = (kind(5, random_state=1) for kind in REGRESSORS)
    with recorded() as covered:
        assert outcome(ours, frame, frame["a"]) == outcome(stock, frame, frame["a"])
    assert covered == [True]
    assert ours.feature_names_in_.tolist() == list("abcde")
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        assert ours.predict(frame.to_numpy()).tolist() == ours.predict(frame).tolist()


def test_a_random_state_object_advances_as_in_stock_code() -> None:
    states = np.random.RandomState(3), np.random.RandomState(3)
    stock, ours = (kind(9, random_state=state) for kind, state in zip(CLASSIFIERS, states, strict=True))
    assert [plain(tree) for tree in ours.fit(X, Y)] == [plain(tree) for tree in stock.fit(X, Y)]
    assert states[0].randint(2**31 - 1) == states[1].randint(2**31 - 1)


def test_several_jobs_on_few_rows_run_in_one_thread() -> None:
    with recorded() as covered:
        ours = forest.RandomForestClassifier(30, n_jobs=2, random_state=1).fit(X, Y)
    stock = ensemble.RandomForestClassifier(30, random_state=1).fit(X, Y)
    assert covered == [True]
    # With several threads, stock code sums in the order in which they end, so its last bits vary.
    assert ours.predict_proba(X).tobytes() == stock.predict_proba(X).tobytes()


def test_under_an_untested_version_stock_code_fits_with_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sklearn, "__version__", "1.10.2")
    forest._fast_trees.cache_clear()
    stock, ours = (kind(5, random_state=1) for kind in CLASSIFIERS)
    with recorded() as covered:
        (seen, warned), (again, silent) = outcome(ours, X, Y), outcome(ours, X, Y)
    forest._fast_trees.cache_clear()
    assert seen == again == outcome(stock, X, Y)[0]
    assert covered == silent == []
    assert [kind for kind, _ in warned] == [RuntimeWarning]
    assert warned[0][1].startswith("cip_exp.forest was tested on scikit-learn 1.9, and this is 1.10.2")


def test_threads_have_separate_generators() -> None:
    def fit(seed: int) -> Any:
        X = np.random.default_rng(seed).normal(size=(2_000, 4))
        return forest.RandomForestRegressor(8, random_state=seed, max_depth=6).fit(X, X[:, 0])

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(fit, range(12)))
    assert [plain(model) for model in together] == [plain(fit(seed)) for seed in range(12)]


def test_unpickled_forests_are_equal_and_clones_are_unfitted() -> None:
    ours = forest.RandomForestClassifier(5, max_depth=3, random_state=1).fit(X, Y)
    loaded = pickle.loads(pickle.dumps(ours))
    assert type(loaded) is forest.RandomForestClassifier
    assert plain(loaded) == plain(ours)
    fresh = clone(ours)
    assert type(fresh) is forest.RandomForestClassifier
    assert fresh.get_params() == ours.get_params()
    assert not hasattr(fresh, "estimators_")


def test_a_saved_model_needs_scikit_learn_only() -> None:
    pipeline = make_pipeline(StandardScaler(), forest.RandomForestRegressor(5, random_state=1)).fit(X, Y)
    stock = forest.as_stock(pipeline)
    assert type(stock[-1]) is ensemble.RandomForestRegressor
    assert type(pipeline[-1]) is forest.RandomForestRegressor
    assert b"cip_exp" not in pickle.dumps(stock)
    assert get_untrusted_types(data=dumps(stock)) == ["sklearn.tree._tree.Tree"]
    assert stock.predict(X).tobytes() == pipeline.predict(X).tobytes()
    unfitted = forest.as_stock(forest.RandomForestClassifier(7))
    assert type(unfitted) is ensemble.RandomForestClassifier
    assert unfitted.n_estimators == 7
    scaler = StandardScaler()
    assert forest.as_stock(scaler) is scaler
