from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cip_exp.trial.score_decomposition import decompose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

COPIES = np.array([0, 0, 1, 2, 2, 2])
asked: list[tuple[tuple[str, ...], bool, list[int] | None]] = []


def score(names: Sequence[str], grouped: bool, rows: NDArray[np.int64] | None) -> float:
    asked.append((tuple(names), grouped, None if rows is None else rows.tolist()))
    return 0.5 + 0.3 * ("leak" in names) + 0.1 * (not grouped) + 0.05 * (rows is None)


def test_the_parts_add_up_to_the_score_that_was_quoted() -> None:
    asked.clear()
    parts = decompose(score, ["age", "leak"], ["leak"], COPIES)
    assert (parts.twins, parts.degeneracy, parts.leaks) == pytest.approx((0.1, 0.05, 0.3))
    assert parts.unaccused + parts.leaks + parts.degeneracy + parts.twins == pytest.approx(parts.random)
    assert asked == [
        (("age", "leak"), False, None),
        (("age", "leak"), True, None),
        (("age", "leak"), True, [0, 2, 3]),
        (("age",), True, [0, 2, 3]),
    ]


def test_nothing_is_scored_twice_where_nothing_is_wrong() -> None:
    asked.clear()
    parts = decompose(score, ["age"], [], np.arange(6))
    assert len(asked) == 1
    assert (parts.twins, parts.degeneracy, parts.leaks) == (0.0, 0.0, 0.0)


def test_where_every_column_leaks_nothing_is_left() -> None:
    parts = decompose(score, ["leak"], ["leak"], COPIES)
    assert np.isnan(parts.unaccused)
