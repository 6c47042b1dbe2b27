"""The columns of a case side by side, as they are judged against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.audit.measures import skill

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.audit.case import Case


class Field(NamedTuple):
    """The columns that vary, as they are judged."""

    at: NDArray[np.int64]
    """Shape (q,): positions in the view."""
    values: NDArray[np.float64]
    """Shape (m, q)."""
    categories: NDArray[np.bool_]
    judge: skill.Judge
    alone: NDArray[np.float64]
    """Shape (q,): skill of each column alone."""
    seed: int

    def joint(self, kept: NDArray[np.bool_], enough: float = 1.0) -> float:
        """Return the skill of the kept columns together, or of the best of them where that is more.

        What reaches `enough` may be more than is returned.
        """
        best = float(self.alone[kept].max(initial=0.0))
        if best >= enough:
            return best
        return max(
            best, skill.joint(self.judge, self.values[:, kept], self.categories[kept], self.seed, enough)
        )


def build_field(case: Case) -> Field:
    """Collect the varying columns of a case that has a target."""
    view = case.view
    at = np.array([at for at, kind in enumerate(view.kinds) if kind != "constant"], dtype=np.int64)
    judge = skill.build_judge(np.asarray(view.y), case.copies[view.rows], case.seed)
    values = view.values[:, at]
    categories = np.array([view.kinds[one] == "category" for one in at], dtype=bool)
    return Field(at, values, categories, judge, skill.single(judge, values), case.seed)


def rivals(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each column the largest squared rank correlation with another one, shape (q,)."""
    ranks = skill.standard_ranks(values)
    squares = (ranks.T @ ranks / len(ranks)) ** 2
    np.fill_diagonal(squares, 0.0)
    return np.asarray(squares.max(axis=0, initial=0.0))
