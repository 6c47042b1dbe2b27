"""Whether the statistics of single columns agree with a suspicion that has another ground, such as a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.audit.measures import explained_variance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cip_exp.audit.case import Case

MIN_ALONE = 0.02
"""A column that explains less than this alone is not measured further."""
APART_ADDED, APART_SHARE, APART_ERRORS, APART_MOST = 0.02, 0.6, 1.0, 0.05


class Agreement(NamedTuple):
    """What a column explains of the target; shares of variance."""

    alone: float
    """Out of sample, by the column alone."""
    added: float
    """Of what the columns that are not suspected leave, with this column."""
    apart: bool
    """Whether the other columns say nothing of it when the target is known (`given_target.py`)."""

    def reaches(self, alone: float, added: float) -> bool:
        """Return whether both shares are reached."""
        return self.alone >= alone and self.added >= added


def measure_agreement(case: Case, suspected: Iterable[int]) -> dict[int, Agreement]:
    """Return the agreement of each suspected column, by its position in the view.

    Suspected columns are not compared with each other, since they may cover for each other. Nothing without a
    target that varies, and 0 for columns that explain less than 0.02.
    """
    view, at = case.view, np.array(sorted(suspected), dtype=int)
    at = at[[view.kinds[one] != "constant" for one in at]] if at.size else at
    if view.y is None or not at.size or case.regressors is None:
        return {}
    folded = explained_variance.fold_target(view.y, case.together[view.rows], case.seed)
    alone = explained_variance.of_each_column(folded, view.values[:, at])
    return {
        int(one): _measure(case, one, set(at), float(share)) for one, share in zip(at, alone, strict=True)
    }


def _measure(case: Case, at: int, suspected: set[int], alone: float) -> Agreement:
    if alone < MIN_ALONE or case.regressors is None:
        return Agreement(alone, 0.0, apart=False)
    given = case.regressors.measure(without=suspected - {at}).get(int(at))
    if given is None:
        return Agreement(alone, 0.0, apart=False)
    apart = given.added >= APART_ADDED and given.stands_apart(APART_SHARE, APART_ERRORS, APART_MOST)
    return Agreement(alone, given.added, apart)
