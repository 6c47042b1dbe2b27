"""Child seeds have fixed values and are independent of each other."""

from __future__ import annotations

import numpy as np
import pytest

from cip_exp.evaluation import seeds


@pytest.mark.parametrize(
    ("seed", "name", "child"),
    [
        (0, "split", 1885260527),
        (1, "split", 521351467),
        (0, "model", 595657096),
        (0, "search", 1176626687),
        (2**32 - 1, "model", 571200524),
    ],
)
def test_child_seeds_have_fixed_values(seed: int, name: str, child: int) -> None:
    assert seeds.child(seed, name) == child


@pytest.mark.parametrize("name", ["split", "model"])
def test_ten_thousand_seeds_have_different_children(name: str) -> None:
    children = [seeds.child(seed, name) for seed in range(10_000)]
    assert len(set(children)) == 10_000
    assert min(children) >= 0
    assert max(children) < 2**31


def test_children_of_two_names_are_independent() -> None:
    one, two = ([seeds.child(seed, name) for seed in range(4_000)] for name in ("split", "model"))
    assert not set(one) & set(two)
    # Four standard errors of a correlation of zero over 4,000 pairs.
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.063
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.063


def test_a_pinned_seed_is_used_unchanged() -> None:
    assert seeds.resolve(42, 7, "model") == 42
    assert seeds.resolve(0, 7, "model") == 0
    assert seeds.resolve(None, 7, "model") == seeds.child(7, "model")
