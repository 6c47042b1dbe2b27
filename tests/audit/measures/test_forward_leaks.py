from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cip_exp.audit.columns.reconstruction import AMOUNT, LABEL
from cip_exp.audit.measures.forward_leaks import forward_leaks

N = 600


def named(case, limits) -> set[str]:
    found = forward_leaks(case.varying_columns, limits)
    return {case.view.names[case.varying_columns.at[one]] for one in found}  # noqa: PD008


def table(rng: np.random.Generator, columns: int) -> pd.DataFrame:
    return pd.DataFrame(rng.normal(size=(N, columns)), columns=[f"x{at}" for at in range(columns)])


@pytest.mark.parametrize("size", [2, 3, 5, 6])
@pytest.mark.parametrize("honest", [4, 12])
def test_leaks_that_cover_for_each_other_are_found_together(size: int, honest: int, make_case) -> None:
    rng = np.random.default_rng(size)
    X = table(rng, honest)
    y = (rng.random(N) < 0.3).astype(float)
    paid = np.where(y == 1, 300, 1000) * np.exp(0.2 * rng.normal(size=N))
    for at in range(size):
        X[f"paid{at}"] = paid * np.exp(0.1 * rng.normal(size=N))
    assert named(make_case(X, y), LABEL) == {f"paid{at}" for at in range(size)}


def test_a_group_of_an_amount_needs_seven_columns_that_are_left(make_case) -> None:
    rng = np.random.default_rng(0)
    y = rng.lognormal(size=N)
    for honest, found in ((8, {"a", "b"}), (5, set())):
        X = table(rng, honest)
        X["a"], X["b"] = (y * np.exp(0.1 * rng.normal(size=N)) for _ in range(2))
        assert named(make_case(X, y), AMOUNT) == found


def test_related_honest_columns_are_no_group(make_case) -> None:
    rng = np.random.default_rng(0)
    size = rng.normal(size=N)
    X = pd.DataFrame({f"m{at}": size + 0.3 * rng.normal(size=N) for at in range(10)})
    y = (size + 0.2 * rng.normal(size=N) > 0.5).astype(float)
    assert named(make_case(X, y), LABEL) == set()


def test_columns_are_no_group_where_the_others_tell_nearly_all(make_case) -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(N) < 0.3).astype(float)
    X = pd.DataFrame({f"m{at}": y + 0.08 * (at + 1) * rng.normal(size=N) for at in range(12)})
    assert named(make_case(X, y), LABEL) == set()


def test_one_cut_that_says_all_is_enough_beside_weak_columns(make_case) -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(N) < 0.5).astype(float)
    gone = np.where(rng.random(N) < 0.13, 1 - y, y)
    X = table(rng, 8)
    X["days"] = np.where(gone == 1, rng.integers(180, 365, N), rng.integers(0, 180, N))
    case = make_case(X, y)
    assert 0.45 < case.varying_columns.alone.max() < 0.6
    assert named(case, LABEL) == {"days"}
