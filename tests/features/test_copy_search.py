"""Copies are found without a key, no more than chance gives, and kept together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.copies.planted import KINDS, Rows, plant
from cip_exp.features.copy_search.joined_numbers import joined, joined_by_pairs
from cip_exp.features.copy_search.search import find_copies
from cip_exp.records.copied_rows import DUPLICATED


def measured(n: int = 400, seed: int = 0) -> Rows:
    """Return six related measures, a category, and an amount."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    X = pd.DataFrame({f"x{at}": (common + rng.normal(size=n)).round(3) for at in range(5)})
    X["visits"] = rng.poisson(9, n).astype(float)
    X["region"] = pd.Categorical(rng.choice(["North", "South", "West"], n))
    return Rows(X, (50 + 5 * common + 5 * rng.normal(size=n)).round(2))


def canonical(numbers: np.ndarray) -> list[int]:
    return pd.factorize(numbers)[0].tolist()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "rounded to two digits"])
@pytest.mark.parametrize("label", [False, True])
def test_copies_of_every_kind_are_found_and_kept_together(kind: str, label: bool) -> None:
    rows = measured()
    if label:
        rows = rows._replace(y=(rows.y > 50).astype(float))
    found = find_copies(*plant(rows, kind, np.random.default_rng(1)))
    assert found.exceeds_chance or found.near is not None
    sizes = np.bincount(found.numbers)
    assert sizes[sizes > 1].sum() > 0.1 * len(found.numbers)
    assert sizes.max() < 60


@given(seed=st.integers(0, 10_000), columns=st.integers(2, 7), levels=st.integers(2, 6))
@settings(max_examples=20, deadline=None)
def test_independent_coarse_columns_are_no_copies(seed: int, columns: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(100, 1500))
    X = pd.DataFrame({f"x{at}": rng.integers(0, levels, n).astype(float) for at in range(columns)})
    found = find_copies(X, rng.integers(0, 2, n).astype(float))
    assert found.beyond_chance < DUPLICATED
    assert found.near is None


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_permuted_rows_have_permuted_numbers(seed: int) -> None:
    rows = plant(measured(200), "noise 1e-3", np.random.default_rng(1))
    order = np.random.default_rng(seed).permutation(len(rows.y))
    straight, permuted = find_copies(*rows), find_copies(rows.X.iloc[order], rows.y[order])
    assert straight.near is not None
    assert permuted.near is not None
    assert canonical(straight.numbers[order]) == canonical(permuted.numbers)


def test_the_same_table_gives_the_same_numbers() -> None:
    rows = plant(measured(), "one field edited", np.random.default_rng(0))
    first, second = find_copies(*rows), find_copies(*rows)
    assert first.numbers.tolist() == second.numbers.tolist()
    assert first.near == second.near


def test_what_was_found_is_named() -> None:
    rng = np.random.default_rng(0)
    measure = find_copies(*plant(measured(), "and a unique measure", rng))
    noise = find_copies(*plant(measured(), "noise 1e-3", rng))
    between = find_copies(*plant(measured(), "synthetic (SMOTE)", rng))
    assert measure.near is not None
    assert measure.near.how == "equal in all but one column (order_measure)"
    assert noise.near is not None
    assert noise.near.how.startswith("equal within rounding or noise")
    assert between.near is not None
    assert between.near.how == "between two other rows (synthetic rows)"


def test_rows_of_one_group_are_no_near_copies() -> None:
    rows = measured(300)
    X = pd.concat([rows.X, rows.X.assign(x0=rows.X["x1"])], ignore_index=True)
    y, group = np.tile(rows.y, 2), np.tile(np.arange(300), 2)
    assert find_copies(X, y).near is not None
    assert find_copies(X, y, group).near is None


def test_a_large_table_is_searched_in_a_block_of_its_rows() -> None:
    rows = plant(measured(20_000), "noise 1e-6", np.random.default_rng(0))
    found = find_copies(*rows)
    assert found.near is not None
    assert not found.near.linked


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_table_without_rows_has_no_copies(n: int) -> None:
    found = find_copies(pd.DataFrame({"a": np.ones(n), "b": np.ones(n)}), np.ones(n))
    assert found.beyond_chance == 0.0
    assert len(found.numbers) == n


def test_numbers_are_joined() -> None:
    one, other = np.array([0, 0, 1, 2, 3]), np.array([0, 1, 1, 2, 3])
    assert canonical(joined([one, other])) == [0, 0, 0, 1, 2]
    assert joined([one]) is one
    assert canonical(joined_by_pairs(one, np.array([3]), np.array([4]))) == [0, 0, 1, 2, 2]
