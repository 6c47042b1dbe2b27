"""The columns of a case that vary, with the share of the target's variance that each explains alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.audit.measures import explained_variance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.audit.case import Case


class VaryingColumns(NamedTuple):
    """The columns that vary, the target, and what each column explains of it."""

    at: NDArray[np.int64]
    """Shape (q,): positions in the column view."""
    values: NDArray[np.float64]
    """Shape (m, q)."""
    categories: NDArray[np.bool_]
    """Shape (q,): True for categories."""
    target: explained_variance.FoldedTarget
    alone: NDArray[np.float64]
    """Shape (q,): share of the target's variance that each column explains alone."""
    seed: int

    def explained(self, kept: NDArray[np.bool_], enough: float = 1.0) -> float:
        """Return the share that the kept columns explain together, or the best of them alone if that is more.

        A result of `enough` or more may be below the full share: the computation stops there.
        """
        best = float(self.alone[kept].max(initial=0.0))
        if best >= enough:
            return best
        together = explained_variance.of_all_columns(
            self.target, self.values[:, kept], self.categories[kept], self.seed, enough
        )
        return max(best, together)


def build_varying_columns(case: Case) -> VaryingColumns:
    """Collect the columns that vary, of a case that has a target."""
    view = case.view
    at = np.array([at for at, kind in enumerate(view.kinds) if kind != "constant"], dtype=np.int64)
    target = explained_variance.fold_target(np.asarray(view.y), case.together[view.rows], case.seed)
    values = view.values[:, at]
    categories = np.array([view.kinds[one] == "category" for one in at], dtype=bool)
    alone = explained_variance.of_each_column(target, values)
    return VaryingColumns(at, values, categories, target, alone, case.seed)


def squared_correlations(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each column the largest squared rank correlation with another column, shape (q,)."""
    ranks = explained_variance.standard_ranks(values)
    squares = (ranks.T @ ranks / len(ranks)) ** 2
    np.fill_diagonal(squares, 0.0)
    return np.asarray(squares.max(axis=0, initial=0.0))
