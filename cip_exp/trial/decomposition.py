"""A score split into what twins, repetition and leaks explain, and what is left.

Four scores, each with one more illusion taken away: rows split at random; twins kept together; each row once;
the accused columns left out. Their differences add up to the first score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Score = Callable[[Sequence[str], bool, NDArray[np.int64] | None], float]
    """Feature names, whether twins stay together, and the rows to use (None for all), to a mean score."""


@dataclass(frozen=True)
class Decomposition:
    """The four scores; NaN where nothing is left to be scored."""

    random: float
    """Rows split at random, twins on both sides."""
    grouped: float
    """Twins kept together."""
    distinct: float
    """Each row once."""
    unaccused: float
    """Each row once, without the accused columns."""
    n_rows: int
    n_distinct: int
    accused: tuple[str, ...]

    @property
    def twins(self) -> float:
        """What remembering twins adds to the score."""
        return self.random - self.grouped

    @property
    def degeneracy(self) -> float:
        """What the weight of repeated rows adds to the score."""
        return self.grouped - self.distinct

    @property
    def leaks(self) -> float:
        """What the accused columns add to the score."""
        return self.distinct - self.unaccused


def decompose(
    score: Score, names: Sequence[str], accused: Sequence[str], copies: NDArray[np.int64]
) -> Decomposition:
    """Score one cell four times.

    `copies`, shape (n,): rows with the same number are equal in features and target.
    """
    once = np.sort(np.unique(copies, return_index=True)[1]).astype(np.int64)
    repeated = len(once) < len(copies)
    random = score(names, False, None)
    grouped = score(names, True, None) if repeated else random
    distinct = score(names, True, once) if repeated else random
    kept = [name for name in names if name not in accused]
    if len(kept) == len(names):
        unaccused = distinct
    else:
        unaccused = score(kept, True, once if repeated else None) if kept else float("nan")
    return Decomposition(random, grouped, distinct, unaccused, len(copies), len(once), tuple(accused))
