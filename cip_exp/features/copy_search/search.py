"""Search the copies of a table of features and target; see the package for the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.features.copy_search import between_rows, linked_rows, near_rows
from cip_exp.features.copy_search.chance import shuffled
from cip_exp.features.copy_search.equal_rows import (
    chance_of_equal,
    interval,
    number_equal,
    share_with_a_twin,
)
from cip_exp.features.copy_search.joined_numbers import joined_by_pairs
from cip_exp.features.copy_search.match_scores import best_matches
from cip_exp.features.copy_search.related_columns import tree_of_relations
from cip_exp.features.copy_search.searched_rows import LEAST_COLUMNS, SearchedRows, rows_to_search
from cip_exp.records.copied_rows import DUPLICATED, CopiedRows, Expected, NearCopies

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cip_exp.features.copy_search.coded_rows import CodedRows
    from cip_exp.features.copy_search.linked_rows import Pairs
    from cip_exp.features.copy_search.match_scores import Candidates

LEAST_ROWS = 100
"""Different rows: fewer are too few to tell near copies from rows that happen to be alike."""
DRAWS = 3
"""Shuffled tables."""
OWN = 0.02
"""Where equal rows exceed chance already, near copies have to add at least so many."""


def find_copies(
    X: pd.DataFrame, y: NDArray[np.float64] | None, groups: NDArray[np.int64] | None = None, seed: int = 0
) -> CopiedRows:
    """Return the copies among the rows of features and target.

    Args:
        X: shape (n, p): numbers, flags, dates and categories.
        y: shape (n,), or None.
        groups: shape (n,): rows of one group may be alike, and are no near copies of each other.
        seed: of the sample and of chance.
    """
    equal = number_equal(X, y)
    share = share_with_a_twin(equal)
    expected = chance_of_equal(X, y, seed) if share >= DUPLICATED else None
    exact = CopiedRows(equal, equal, share, expected)
    rows = np.sort(np.unique(equal, return_index=True)[1])
    if len(rows) < LEAST_ROWS or X.shape[1] + (y is not None) < LEAST_COLUMNS:
        return exact
    search = rows_to_search(X, y, rows, groups, seed)
    return exact if search is None else _add_near_copies(exact, search)


def _add_near_copies(exact: CopiedRows, search: SearchedRows) -> CopiedRows:
    rows = search.compared()
    candidates = best_matches(search.coded, rows, search.apart)
    found = near_rows.measure(search.coded, candidates)
    tree: list[tuple[int, int]] = []
    near: tuple[NearCopies, tuple[float, int] | None] | None = None
    if max(found.within.max(), found.alone) >= DUPLICATED:
        tree = tree_of_relations(search.coded, search.seed)
        near = _beyond_chance(exact, search, found, rows, tree)
    if near is not None and near[1] is not None:
        return _with_links(exact, search, candidates, *near)
    # Rows between two others may be much nearer to one of them: what explains more rows is named.
    between = _rows_between(exact, search, candidates, tree)
    if between is not None and (near is None or between.share > near[0].share):
        pairs = linked_rows.pairs_between(search.coded, search.apart) if search.whole else None
        return _linked(exact, search, between, "between two other rows (synthetic rows)", pairs)
    return exact if near is None else _with_links(exact, search, candidates, *near)


def _beyond_chance(
    exact: CopiedRows, search: SearchedRows, found: near_rows.Alike, rows: NDArray[np.int64],
    tree: list[tuple[int, int]],
) -> tuple[NearCopies, tuple[float, int] | None] | None:  # fmt: skip
    """Return the near copies where they exceed chance, and at which tolerance and number of columns."""
    rng = np.random.default_rng(search.seed)
    drawn: list[near_rows.Alike] = []
    best: tuple[NearCopies, tuple[float, int] | None] | None = None
    for draws in (1, DRAWS):
        while len(drawn) < draws:
            table = shuffled(search.coded, tree, rng)
            drawn.append(near_rows.measure(table, best_matches(table, rows, search.apart)))
        best = _strongest(exact, search.coded.n, found, drawn, len(rows))
        if best is None:
            return None
    return best


def _strongest(
    exact: CopiedRows, different: int, found: near_rows.Alike, drawn: list[near_rows.Alike], compared: int
) -> tuple[NearCopies, tuple[float, int] | None] | None:
    """Return the first tolerance whose excess over chance is nearly the largest."""
    chances = near_rows.expected_within(found, drawn, _dense(exact))
    options: list[tuple[float, NearCopies, tuple[float, int] | None]] = []
    levels = [(at, off) for at in range(len(near_rows.TOLERANCES)) for off in near_rows.MOST_OFF]
    alone = float(np.mean([each.alone for each in drawn]))
    for at, off in [*levels, (-1, 0)]:
        share, chance = (
            (found.alone, alone) if at < 0 else (float(found.within[at, off]), float(chances[at, off]))
        )
        expected = _of_sample(chance, compared, len(drawn))
        excess = (share - expected.high) * different / len(exact.equal)
        if excess >= max(OWN, DUPLICATED - exact.beyond_chance):
            level = None if at < 0 else (near_rows.TOLERANCES[at], off)
            options.append((excess, NearCopies("", share, expected, compared, linked=False), level))
    if not options:
        return None
    most = max(excess for excess, _, _ in options)
    return next((near, level) for excess, near, level in options if excess >= 0.8 * most)


def _dense(exact: CopiedRows) -> float:
    """Return by which factor equal rows are more frequent than chance gives; 1 where they are not."""
    if exact.expected is None or not exact.beyond_chance:
        return 1.0
    found, chance = (near_rows.rate_of(np.array(each)) for each in (exact.share, exact.expected.share))
    return float(found / chance)


def _of_sample(share: float, compared: int, draws: int) -> Expected:
    floor = max(share, 0.5 / compared)
    return interval(share, float(np.sqrt(floor * (1 - min(floor, 0.999)) * (1 + 1 / draws) / compared)))


def _with_links(
    exact: CopiedRows,
    search: SearchedRows,
    candidates: Candidates,
    near: NearCopies,
    level: tuple[float, int] | None,
) -> CopiedRows:
    if level is None:
        how = "much nearer to one row than to any other"
        pairs = linked_rows.pairs_alone(search.coded, search.apart) if search.whole else None
    else:
        how = _words(search.coded, candidates, *level)
        rng = np.random.default_rng(search.seed)
        pairs = linked_rows.pairs_within(search.coded, *level, rng) if search.whole else None
    return _linked(exact, search, near, how, pairs)


def _words(coded: CodedRows, candidates: Candidates, tolerance: float, most_off: int) -> str:
    """Return how the copies were found; with the column that is off in most of them."""
    apart = near_rows.distances(coded, candidates.rows, candidates.others) > tolerance
    off = apart.sum(axis=0)
    best = off.argmin(axis=1)
    at = np.arange(len(best))
    kept = off[at, best] <= most_off
    noise = near_rows.distances(coded, candidates.rows, candidates.others)[:, at, best][:, kept]
    exactly = bool((np.where(noise > tolerance, 0.0, noise).max(axis=0, initial=0.0) < 1e-6).mean() > 0.5)
    words = "equal" if exactly else "equal within rounding or noise"
    if not most_off:
        return words
    columns = apart[:, at, best][:, kept].sum(axis=1)
    which = f" ({coded.names[int(columns.argmax())]})" if columns.max() > 0.8 * kept.sum() else ""
    return f"{words} in all but one column{which}"


def _rows_between(
    exact: CopiedRows, search: SearchedRows, candidates: Candidates, tree: list[tuple[int, int]]
) -> NearCopies | None:
    """Return the rows on a segment between two others, where they exceed chance."""
    share = _share_between(search.coded, candidates)
    if share < DUPLICATED:
        return None
    tree = tree or tree_of_relations(search.coded, search.seed)
    table = shuffled(search.coded, tree, np.random.default_rng(search.seed))
    chance = _share_between(table, best_matches(table, candidates.rows, search.apart))
    expected = _of_sample(chance, len(candidates.rows), 1)
    if share <= expected.high or (share - chance) * search.coded.n < DUPLICATED * len(exact.equal):
        return None
    return NearCopies("", share, expected, len(candidates.rows), linked=False)


def _share_between(coded: CodedRows, candidates: Candidates) -> float:
    columns = between_rows.continuous_columns(coded)
    if not len(columns):
        return 0.0
    values = coded.scaled[columns]
    others = between_rows.with_nearest(values, candidates)
    return float((between_rows.between(values, coded.steps[columns], candidates.rows, others) >= 0).mean())


def _linked(
    exact: CopiedRows, search: SearchedRows, near: NearCopies, how: str, pairs: Pairs | None
) -> CopiedRows:
    """Return the copies with the numbers of linked rows, unless links would join most of the table."""
    numbers, linked = exact.equal, False
    if pairs is not None and len(pairs[0]):
        joined = joined_by_pairs(exact.equal, search.positions[pairs[0]], search.positions[pairs[1]])
        linked = not linked_rows.chains(joined)
        numbers = joined if linked else numbers
    near = NearCopies(how, near.share, near.expected, near.looked_at, linked)
    return CopiedRows(exact.equal, numbers, exact.share, exact.expected, near)
