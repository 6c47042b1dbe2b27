from __future__ import annotations

import numpy as np

from cip_exp.audit.measures.target_events import target_events
from cip_exp.audit.measures.value_sets import sets_of_levels
from cip_exp.audit.measures.value_unions import count_unions

N = 600
NAMES = [f"s{n}" for n in range(40)]


def test_levels_of_one_class_are_found_together() -> None:
    rng = np.random.default_rng(0)
    label = (rng.random(N) < 0.3).astype(float)
    codes = np.where(label == 1, rng.integers(0, 15, N), rng.integers(15, 40, N)).astype(float)
    counts = count_unions(sets_of_levels(codes, NAMES), target_events(label, "t"), rng.integers(4, size=N))
    assert counts.inside[0].max() > 0.85 * label.sum()
    assert counts.outside[0].max() == 0
    assert counts.words[0, 0].startswith("is one of ")


def test_what_chance_chooses_is_not_there_on_other_rows() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        label = (rng.random(N) < 0.3).astype(float)
        codes = rng.integers(0, 40, N).astype(float)
        counts = count_unions(
            sets_of_levels(codes, NAMES), target_events(label, "t"), rng.integers(4, size=N)
        )
        share = counts.inside[0] / np.maximum(1, counts.inside[0] + counts.outside[0])
        assert (share < 0.6).all()


def test_two_values_have_no_union() -> None:
    label = np.repeat([0.0, 1.0], 50)
    counts = count_unions(sets_of_levels(label, ["a", "b"]), target_events(label, "t"), np.arange(100) % 4)
    assert counts.words.shape == (2, 0)
