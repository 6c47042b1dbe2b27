"""Keys and values are made such that MLflow takes every one of them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cip_exp.track import encoding


@pytest.mark.parametrize(
    ("given_key", "stored"),
    [
        ("model.max_depth", "model.max_depth"),
        ("seeds.replicates[0]", "seeds.replicates.0"),
        ("a[0].b[12]", "a.0.b.12"),
        ("hydra/launcher", "hydra_launcher"),
        ("+x@y", "_x_y"),
        ("..", "_"),
    ],
)
def test_keys_are_rewritten(given_key: str, stored: str) -> None:
    assert encoding.key(given_key) == stored


@settings(deadline=None)  # the first example imports MLflow
@given(st.text(min_size=1, max_size=300))
def test_mlflow_takes_any_key(name: str) -> None:
    from mlflow.utils.validation import path_not_unique, validate_param_and_metric_name

    stored = encoding.key(name)
    assert 1 <= len(stored) <= 250
    assert validate_param_and_metric_name(stored)
    assert not path_not_unique(stored)


def test_a_long_value_is_cut_and_says_so() -> None:
    kept = encoding.params({"a": "x" * 6001})[0].value
    assert len(kept) == 6000
    assert kept.endswith(" … (cut from 6001 characters)")
    assert encoding.params({"a": "x" * 6000})[0].value == "x" * 6000


def test_two_keys_that_become_one_are_one_param() -> None:
    assert [(p.key, p.value) for p in encoding.params({"a[0]": 1, "a.0": 2})] == [("a.0", "2")]


def test_numbers_that_are_not_finite_are_left_out() -> None:
    found = encoding.metrics({"a": 1.0, "b": math.nan, "c": math.inf}, 7)
    assert [(m.key, m.value, m.timestamp) for m in found] == [("a", 1.0, 7)]


@given(st.integers(0, 2500), st.integers(0, 350))
def test_batches_keep_everything_within_the_limits(n_metrics: int, n_params: int) -> None:
    metrics, params = list(range(n_metrics)), list(range(n_params))
    parts = list(encoding.batches(metrics, params))  # type: ignore[arg-type]
    assert [m for some, _ in parts for m in some] == metrics
    assert [p for _, some in parts for p in some] == params
    assert all(len(some) <= 100 and len(other) + len(some) <= 1000 for other, some in parts)
    assert all(other or some for other, some in parts)
