from __future__ import annotations

import numpy as np
import pandas as pd

from cip_exp.audit.column_view import build_view
from cip_exp.audit.measures.pair_screen import DATE, NUMBER, TEXT, build_comparable, screen_pairs

M = 600


def screen(X: pd.DataFrame, y: np.ndarray) -> np.ndarray:
    view = build_view(X, y)
    goal = (y - y.mean()) / y.std()
    return screen_pairs(build_comparable(view, np.arange(X.shape[1])), goal)


def test_equal_texts_have_equal_codes_in_every_column() -> None:
    X = pd.DataFrame({"a": ["x", "y", "z"], "b": ["z", "y", "q"], "n": [1.5, 2.0, 3.5]})
    X["d"] = pd.to_datetime(["2024-01-01", None, "2024-01-03"])
    codes, family = build_comparable(build_view(X, None), np.arange(4))
    np.testing.assert_array_equal(codes[:, 0] == codes[:, 1], [False, True, False])
    np.testing.assert_array_equal(codes[[0], 1], codes[[2], 0])
    np.testing.assert_array_equal(family, [TEXT, TEXT, NUMBER, DATE])


def test_each_relation_is_found_where_it_is() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({f"n{at}": rng.normal(10, 2, M) for at in range(4)})
    X["f"], X["g"] = rng.integers(0, 2, M), rng.integers(0, 2, M)
    X["s"], X["t"] = rng.choice(["u", "v", "w"], M), rng.choice(["w", "v", "q"], M)
    relations = {
        ("n0", "n1"): X["n0"] > X["n1"],
        ("n1", "n2"): X["n1"] + X["n2"] > 20,
        ("n2", "n3"): X["n2"] / X["n3"] > 1.2,
        ("f", "g"): X["f"] != X["g"],
        ("s", "t"): X["s"] == X["t"],
    }
    for (a, b), holds in relations.items():
        found = screen(X, holds.to_numpy().astype(float))
        at = np.unravel_index(found.argmax(), found.shape)
        assert (X.columns[at[0]], X.columns[at[1]]) == (a, b)
        assert found.max() > 0.45


def test_noise_and_missing_values_give_small_shares() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({f"n{at}": np.where(rng.random(M) < 0.3, np.nan, rng.normal(size=M)) for at in range(8)})
    X["t"] = np.where(rng.random(M) < 0.5, None, rng.choice(list("ab"), M))
    found = screen(X, (rng.random(M) < 0.4).astype(float))
    assert np.isfinite(found).all()
    assert found.max() < 0.1
