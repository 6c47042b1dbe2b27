from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.measures.explained_variance import fold_target
from cip_exp.audit.measures.pair_relations import best_relation
from cip_exp.audit.measures.pair_screen import NUMBER, TEXT, Comparable

M = 500


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{a} > {b}", lambda a, b: a > b),
        ("{a} - {b}", lambda a, b: a - b > 2),
        ("{a} + {b}", lambda a, b: a + b > 21),
        ("{a} / {b}", lambda a, b: a / b > 1.4),
        ("{a} × {b}", lambda a, b: a * b > 110),
    ],
)
def test_the_relation_that_made_the_label_is_named(text: str, rule) -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(5, 15, (M, 2))
    y = rule(values[:, 0], values[:, 1]).astype(float)
    target = fold_target(y, np.arange(M), 0)
    found = best_relation(Comparable(values, np.full(2, NUMBER)), (0, 1), target)
    assert found.text == text
    assert found.explained > 0.85
    assert found.yes_or_no == (text == "{a} > {b}")


def test_unlike_columns_have_the_combinations_of_their_levels_only() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 2, (M, 2)).astype(float)
    target = fold_target((values[:, 0] != values[:, 1]).astype(float), np.arange(M), 0)
    found = best_relation(Comparable(values, np.array([TEXT, NUMBER])), (0, 1), target)
    assert found.text == "the combination of {a} and {b}"
    assert found.explained > 0.99
    many = Comparable(rng.normal(size=(M, 2)), np.array([TEXT, NUMBER]))
    assert best_relation(many, (0, 1), target).explained == 0.0
