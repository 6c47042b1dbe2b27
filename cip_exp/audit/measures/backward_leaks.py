"""Backward test: which columns the target explains, and the other columns do not.

It finds columns made from the target in a way that cannot be inverted, such as its distance from the middle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.measures import explained_variance
from cip_exp.audit.measures.forward_leaks import without
from cip_exp.audit.measures.unexplained_share import (
    FEW_COLUMNS,
    Score,
    Thresholds,
    needed_by_others,
    share_of_rest,
)
from cip_exp.audit.measures.varying_columns import squared_correlations

if TYPE_CHECKING:
    from cip_exp.audit.case import Case
    from cip_exp.audit.measures.varying_columns import VaryingColumns

MIN_ROWS = 50


def backward_leaks(case: Case, columns: VaryingColumns, limits: Thresholds) -> dict[int, Score]:
    """Test every column that the target explains better than any single other column does."""
    found: dict[int, Score] = {}
    y = np.asarray(case.view.y)
    best_other = squared_correlations(columns.values)
    few = limits.share_few_columns if len(columns.at) - 1 < FEW_COLUMNS else 0.0
    least = max(limits.share_backward, few)
    for one in np.flatnonzero(~columns.categories):
        column = columns.values[:, one]
        known = np.isfinite(column)
        if known.sum() < MIN_ROWS or np.unique(column[known]).size < 2:
            continue
        folded = explained_variance.fold_target(
            column[known], case.together[case.view.rows][known], case.seed
        )
        alone = float(explained_variance.of_each_column(folded, y[known, None])[0])
        if alone < limits.explained or share_of_rest(alone, best_other[one]) < least:
            continue
        rest = without(np.ones(len(columns.at), dtype=bool), [int(one)])
        enough = needed_by_others(alone, least)
        others = explained_variance.of_all_columns(
            folded, columns.values[known][:, rest], columns.categories[rest], case.seed, enough
        )
        score = Score(alone, max(others, best_other[one]), alone)
        if score.share >= least:
            found[int(one)] = score
    return found
