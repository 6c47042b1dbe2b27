"""What the other columns say of a column when the target is known.

A column from before the outcome causes it in part, or shares causes with the other columns. With the target
known, such a column still depends on the others: independent causes of one outcome become dependent (Pearl,
*Causality*, 2009, section 1.2.3: conditioning on a collider), and related columns stay related. A column that
was made from the target, or counted in its window, depends on the others through the target alone: with the
target known, they say nothing of it. This separates weak leaks from honest strong columns.

All statistics are linear regressions on ranks, their squares, indicators of missing values and of levels;
one matrix is inverted for all columns. Shares are adjusted for the number of regressors, so that they are
about 0, or a little below, where nothing is explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import rankdata

from cip_exp.audit.measures.explained_variance import fill_median

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from cip_exp.audit.column_view import ColumnView

    Floats = NDArray[np.float64]

ROWS, MIN_ROWS = 5_000, 50
"""At most and at least this many rows are used."""
KNOTS = 10
"""The target's effect on a column is a broken line through its ranks with this many knots."""
LEVELS = 8
MIN_COUNT = 10
"""Levels, and missing values, need this many rows to be a regressor."""
MOST_REGRESSORS = 150
RIDGE = 1e-4
SQUARES_ALLOWANCE = 0.1
"""The squares of a column's ranks, or its other levels, may be explained this much better than its ranks."""


class GivenTarget(NamedTuple):
    """One column, the target and the other columns; shares of variance."""

    by_target: float
    """Of the column, explained by the target."""
    by_others: float
    """Of what the target leaves of the column, explained by the other columns."""
    error: float
    """Standard error of `by_others` where the other columns explain nothing."""
    others: float
    """Of the target, explained by the other columns."""
    added: float
    """Of what the others leave of the target, explained with this column."""

    @property
    def expected(self) -> float:
        """What `by_others` would be for a cause of the target that is independent of its other causes."""
        column, others = (float(np.clip(each, 0.0, 0.98)) for each in (self.by_target, self.others))
        return min(1.0, column * others / ((1.0 - column) * (1.0 - others)))

    def stands_apart(self, share: float, errors: float, most: float) -> bool:
        """Return whether the others say nothing of the column, as they would if it were not from the target.

        `by_others` is at most `most` and one error, and with `errors` errors below `share` of `expected`.
        """
        low = self.by_others <= most + self.error
        return low and max(0.0, self.by_others) + errors * self.error < share * self.expected


@dataclass(frozen=True, eq=False)
class Regressors:
    """The target and the columns of a view as regressors."""

    y: Floats
    """Shape (m,): the target's ranks, standardised."""
    values: Floats
    """Shape (m, q), standardised."""
    rest: Floats
    """Shape (m, q): what the target leaves of them."""
    by_target: Floats
    """Shape (q,): the share of each that the target explains."""
    owner: NDArray[np.int64]
    """Shape (q,): the position of the column of each in the view."""

    def measure(self, without: Collection[int] = ()) -> dict[int, GivenTarget]:
        """Return the shares by the position of each column, where the columns `without` are left out."""
        kept = ~np.isin(self.owner, list(without))
        m, owner, by_target = len(self.y), self.owner[kept], self.by_target[kept]
        if not kept.any():
            return {}
        given_y = _inverse(self.rest[:, kept])
        with_y = _inverse(np.column_stack([self.y, self.values[:, kept]]))
        unexplained = _adjust(m, len(owner) + 1) / with_y[0, 0]
        found = {}
        for at in np.unique(owner):
            own = np.flatnonzero(owner == at)
            left = len(owner) - len(own)
            explained = 1.0 - _conditional(given_y, own) * _adjust(m - KNOTS - 1, left + 1)
            best = int(np.argmax(by_target[own]))
            others = float(_conditional(with_y, np.append(0, own + 1))[0]) * _adjust(m, left + 1)
            found[int(at)] = GivenTarget(
                by_target=float(by_target[own[best]]),
                by_others=float(max(explained[best], explained.max() - SQUARES_ALLOWANCE)),
                error=float(np.sqrt(2.0 * max(left, 1)) / m),
                others=1.0 - others,
                added=float(1.0 - unexplained / max(others, 1e-9)),
            )
        return found


def build_regressors(
    view: ColumnView, seed: int = 0, twins: NDArray[np.int64] | None = None
) -> Regressors | None:
    """Return the regressors of a view; None without a target that varies, or with too few rows.

    Of rows with the same number in `twins`, shape (m,), one is used: copies would make errors look small.
    At most `ROWS` rows, and at most `MOST_REGRESSORS` regressors: of the columns that the target explains
    best.
    """
    if view.y is None:
        return None
    rows = np.arange(len(view.y)) if twins is None else np.unique(twins, return_index=True)[1]
    if len(rows) > ROWS:
        rows = np.random.default_rng(seed).choice(rows, ROWS, replace=False)
    if len(rows) < MIN_ROWS or np.unique(view.y[rows]).size < 2:
        return None
    y, (values, owner) = view.y[rows], _design(view, rows)
    if not len(owner):
        return None
    basis = _basis(y)
    rest = values - basis @ (basis.T @ values)
    by_target = 1.0 - (rest**2).mean(axis=0) * _adjust(len(rows), basis.shape[1])
    chosen = _choose(owner, by_target, len(rows) // 5)
    return Regressors(
        _standard(rankdata(y)), values[:, chosen], rest[:, chosen], by_target[chosen], owner[chosen]
    )


def _conditional(inverse: Floats, own: NDArray[np.int64]) -> Floats:
    """Return the variance of each of `own` when all regressors but `own` are known.

    The inverse of a block of the inverse is the block's covariance given the rest.
    """
    return np.asarray(np.diag(np.linalg.inv(inverse[np.ix_(own, own)])))


def _adjust(m: int, parameters: int) -> float:
    return (m - 1) / max(1, m - parameters)


def _inverse(columns: Floats) -> Floats:
    scaled = columns / np.maximum(np.sqrt((columns**2).mean(axis=0)), 1e-9)
    return np.asarray(np.linalg.inv(scaled.T @ scaled / len(scaled) + RIDGE * np.eye(scaled.shape[1])))


def _choose(owner: NDArray[np.int64], by_target: Floats, most: int) -> NDArray[np.int64]:
    """Return the regressors of the columns that the target explains best, ascending."""
    best = np.full(int(owner.max()) + 1, -np.inf)
    np.maximum.at(best, owner, by_target)
    order = np.argsort(-best[owner], kind="stable")
    return np.sort(order[: min(most, MOST_REGRESSORS)])


def _basis(y: Floats) -> Floats:
    """Return an orthonormal basis of a broken line through the target's ranks, or of its few values."""
    values = np.unique(y)
    if values.size <= KNOTS:
        columns = (y[:, None] == values).astype(float)
    else:
        ranks = rankdata(y) / len(y)
        knots = np.linspace(0.0, 1.0, KNOTS + 2)[1:-1]
        line = np.maximum(ranks[:, None] - knots, 0.0)
        columns = np.column_stack([np.ones(len(y)), ranks, line])
    return np.asarray(np.linalg.qr(columns)[0])


def _design(view: ColumnView, rows: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
    """Return standardised regressors, shape (m, q), and the position of the column of each, shape (q,)."""
    parts: list[Floats] = []
    owner: list[int] = []
    for at, kind in enumerate(view.kinds):
        column = view.values[rows, at]
        missing = ~np.isfinite(column)
        own = [] if kind == "constant" else _levels(column) if kind == "category" else _number(column)
        if MIN_COUNT <= missing.sum() <= len(rows) - MIN_COUNT:
            own.append(missing.astype(float))
        parts += own
        owner += [at] * len(own)
    design = _standard(np.column_stack(parts)) if parts else np.empty((len(rows), 0))
    varies = design.any(axis=0)
    return design[:, varies], np.array(owner, dtype=np.int64)[varies]


def _number(column: Floats) -> list[Floats]:
    ranks = _standard(_ranks(fill_median(column[:, None])[:, 0]))
    return [ranks, ranks**2] if np.unique(ranks).size > 3 else [ranks]


def _levels(column: Floats) -> list[Floats]:
    levels, counts = np.unique(column[np.isfinite(column)], return_counts=True)
    frequent = levels[counts >= MIN_COUNT][np.argsort(-counts[counts >= MIN_COUNT], kind="stable")][:LEVELS]
    kept = frequent[:-1] if len(frequent) == len(levels) else frequent
    return [(column == level).astype(float) for level in kept]


def _ranks(values: Floats) -> Floats:
    return np.asarray(rankdata(values))


def _standard(values: Floats) -> Floats:
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > 1e-12, spread, 1.0))
