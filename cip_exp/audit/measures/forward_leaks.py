"""Forward test: which columns explain of the target what the other columns cannot, one by one and in groups.

Leaks cover for each other: beside a copy of the outcome, its date explains nothing new. Hence the strongest
columns are also tested together, against the columns that are left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.measures.unexplained_share import (
    FEW_COLUMNS,
    GROUP_SHARE_FEW,
    Condition,
    Score,
    Thresholds,
    needed_by_others,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.audit.measures.varying_columns import VaryingColumns

CANDIDATES = 3
"""The best columns that are tested one by one, and how often the clearest of them is taken out."""
MOST_TOGETHER = 6
"""The most columns that are tested together."""
MOST_BY_REST = 0.9
"""Where the columns that are left explain more than this, the group has nothing to itself: the share of the
little that is left is noise (a species, that most of its measures tell)."""
SHARP = 0.95
"""A column is sharp where one cut explains at least this share of what the whole column explains."""


def forward_leaks(columns: VaryingColumns, limits: Thresholds) -> dict[int, Score]:
    """Find the column or the group with the clearest share, take it out, and repeat."""
    kept = np.ones(len(columns.at), dtype=bool)
    found: dict[int, Score] = {}
    for _ in range(CANDIDATES):
        leaks = _find_leaks(columns, kept, limits)
        if not leaks:
            break
        found |= leaks
        kept[list(leaks)] = False
    return found


def without(kept: NDArray[np.bool_], out: list[int]) -> NDArray[np.bool_]:
    """Return which columns are kept when those of `out` are left out too, shape (q,)."""
    rest = kept.copy()
    rest[out] = False
    return rest


def _find_leaks(columns: VaryingColumns, kept: NDArray[np.bool_], limits: Thresholds) -> dict[int, Score]:
    """Return the first of the best columns that is a leak by itself, or the best ones together."""
    conditions = limits.conditions(int(kept.sum()) - 1)
    least = min(each.explained for each in conditions)
    order = [int(one) for one in np.argsort(-columns.alone, kind="stable") if kept[one]]
    strong = [one for one in order[:CANDIDATES] if columns.alone[one] >= least]
    if not strong:
        return {}
    together = columns.explained(kept)
    for one in strong:
        score = _score_of_leak(columns, kept, one, together, conditions)
        if score is not None:
            return {one: score}
    return _find_group(columns, kept, order, together, limits)


def _score_of_leak(
    columns: VaryingColumns,
    kept: NDArray[np.bool_],
    one: int,
    together: float,
    conditions: list[Condition],
) -> Score | None:
    """Return the score of a column that meets one of the conditions, else None."""
    alone = float(columns.alone[one])
    possible = [each for each in conditions if alone >= each.explained and _sharp(columns, one, each)]
    if not possible:
        return None
    enough = max(each.enough(alone, together) for each in possible)
    score = Score(alone, columns.explained(without(kept, [one]), enough), together)
    return score if any(each.holds(score) for each in possible) else None


def _sharp(columns: VaryingColumns, one: int, condition: Condition) -> bool:
    if not condition.sharp:
        return True
    # One cut says all of a flag, whatever it is.
    values = columns.values[:, one]
    several = np.unique(values[np.isfinite(values)]).size > 2
    return several and columns.explained_by_a_cut(one) >= SHARP * columns.alone[one]


def _find_group(
    columns: VaryingColumns, kept: NDArray[np.bool_], order: list[int], together: float, limits: Thresholds
) -> dict[int, Score]:
    """Return the fewest of the best columns that explain together what the columns left do not."""
    strong = [one for one in order if columns.alone[one] >= limits.group_explained][:MOST_TOGETHER]
    strong = strong[: max(0, len(order) - limits.group_left)]
    # The more columns are taken out, the less the others explain: this share is the largest.
    if len(strong) < 2 or not _score_of_group(columns, kept, strong, columns.alone[strong[0]], limits):
        return {}
    for size in range(2, len(strong) + 1):
        weakest = _score_of_group(columns, kept, strong[:size], columns.alone[strong[size - 1]], limits)
        if weakest is not None:
            return {one: Score(float(columns.alone[one]), weakest.others, together) for one in strong[:size]}
    return {}


def _score_of_group(
    columns: VaryingColumns, kept: NDArray[np.bool_], group: list[int], alone: float, limits: Thresholds
) -> Score | None:
    """Return the score of a group of which a column explains `alone`, where its share is large enough."""
    left = int(kept.sum()) - len(group)
    least = limits.group_share if left >= FEW_COLUMNS else max(limits.group_share, GROUP_SHARE_FEW)
    others = columns.explained(without(kept, group), needed_by_others(float(alone), least))
    score = Score(float(alone), others, float(alone))
    return score if score.share >= least and others <= MOST_BY_REST else None
