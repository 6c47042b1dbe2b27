from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cip_exp.audit.column_view import build_view
from cip_exp.audit.measures.given_target import build_regressors

N = 2_000


def measure(frame: pd.DataFrame, y: np.ndarray, **more):
    regressors = build_regressors(build_view(frame, y))
    assert regressors is not None
    return regressors.measure(**more)


def test_independent_causes_depend_on_each_other_given_their_effect() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(N, 2)), columns=["a", "b"])
    y = (frame["a"] + frame["b"] + rng.normal(size=N)).to_numpy()
    given = measure(frame, y)[0]
    # A third each: the squared partial correlation is (1/3)² / (2/3)² = .25.
    assert given.by_target == pytest.approx(1 / 3, abs=0.04)
    assert given.others == pytest.approx(1 / 3, abs=0.04)
    assert given.expected == pytest.approx(0.25, abs=0.07)
    assert given.by_others == pytest.approx(0.25, abs=0.07)
    assert given.added == pytest.approx(0.5, abs=0.05)
    assert not given.stands_apart(share=0.5, errors=1.0, most=0.02)


def test_an_effect_is_independent_of_the_causes_given_the_target() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(N, 2)), columns=["a", "b"])
    y = (frame["a"] + frame["b"] + rng.normal(size=N)).to_numpy()
    given = measure(frame.assign(made=y + 2 * rng.normal(size=N)), y)[2]
    assert abs(given.by_others) < 3 * given.error
    assert given.stands_apart(share=0.5, errors=1.0, most=0.02)


def test_where_nothing_is_explained_nothing_stands_apart() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 10)))
    for given in measure(frame, rng.normal(size=300)).values():
        assert abs(given.by_others) < 4 * given.error
        assert not given.stands_apart(share=0.5, errors=1.0, most=0.02)


def test_columns_that_are_left_out_explain_nothing() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=N), "b": rng.normal(size=N)})
    y = frame["a"].to_numpy() + 0.1 * rng.normal(size=N)
    assert measure(frame, y)[1].others > 0.9
    (only,) = measure(frame, y, without=[0]).values()
    assert only.others == pytest.approx(0.0, abs=0.001)


def test_categories_missing_values_and_wide_tables_are_measured() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    frame = pd.DataFrame(rng.normal(size=(300, 200))).add_prefix("x")
    frame.insert(0, "level", pd.Categorical(np.where(y > 0, "a", rng.choice(["b", "c"], 300))))
    frame.insert(1, "gaps", np.where(y > 1, np.nan, rng.normal(size=300)))
    given = measure(frame, y)
    assert given[0].by_target > 0.4
    assert given[1].by_target > 0.4
    assert len(given) < 61


def test_copies_count_once() -> None:
    rng = np.random.default_rng(0)
    frame, y = pd.DataFrame(rng.normal(size=(200, 3))), rng.normal(size=200)
    again = np.tile(np.arange(200), 4)
    view = build_view(frame.iloc[again].reset_index(drop=True), y[again])
    regressors = build_regressors(view, twins=again)
    assert regressors is not None
    assert regressors.measure() == measure(frame, y)


def test_without_a_target_or_rows_there_are_no_regressors() -> None:
    frame = pd.DataFrame({"a": np.arange(100.0)})
    assert build_regressors(build_view(frame, None)) is None
    assert build_regressors(build_view(frame, np.ones(100))) is None
    assert build_regressors(build_view(frame[:40], np.arange(40.0))) is None
