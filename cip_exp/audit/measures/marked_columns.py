"""Search the columns of a table for values that mark an event, and test them against the other columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.audit.measures.event_counts import count_missing, count_sets, join_counts
from cip_exp.audit.measures.explained_variance import fold_target, predict_by_trees
from cip_exp.audit.measures.likelihood_ratio import EventRatio
from cip_exp.audit.measures.marking import Mark, agreement, best_mark
from cip_exp.audit.measures.target_events import TargetEvents, target_events
from cip_exp.audit.measures.value_sets import ValueSets, sets_of_levels, sets_of_numbers
from cip_exp.audit.measures.value_unions import QUARTERS, count_unions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.audit.column_view import ColumnView
    from cip_exp.audit.measures.event_counts import EventCounts

ROWS, TREES = 1_000, 8
"""The model of the other columns is fitted on so many rows: one decision needs no more."""
MIN_MARKED = 60
"""So many rows with the indicator are among them, if there are."""
AS_GOOD = 0.9
"""Where "is missing" agrees with the event at least so well, relative to the best mark, that is said."""
MOST_PREDICTED, MIN_EITHER = 0.2, 20
"""Other columns may explain so much of an indicator among the rows with the event, of which so many must
have it, and so many not."""
ONE_TARGET = 0.9
"""From this share on, rows that belong together are taken to have one target."""
SAME = 0.8
"""Marks whose squared correlation is at least this are one mark: neither explains the other ..."""
MIN_RATE, MIN_BOUND = 0.35, 7.0
"""... where the indicator is as common as this among rows with the event, with this bound of its ratio."""


class ColumnMark(NamedTuple):
    """An indicator of one column that marks an event, if the other columns do not explain it."""

    word: str
    """The indicator in words that follow the column's name."""
    rates: EventRatio
    rows: NDArray[np.bool_]
    """Shape (m,): the rows with the indicator."""
    event: NDArray[np.bool_]
    """Shape (m,)."""
    unexplained: float
    """The share of the event that the other columns must leave unexplained on these rows."""
    clear: bool
    """Whether it is clear enough to be a mark in two columns, neither of which explains the other."""
    by_missing: bool
    """Whether the indicator is that the column is missing, or present."""


@dataclass(frozen=True, eq=False)
class MarkSearch:
    """The marks of a table, searched once for all checks that report them."""

    view: ColumnView
    """With a target."""
    together: NDArray[np.int64]
    """Shape (m,): rows with the same number are copies, or of one customer."""
    target: str
    labels: tuple[str, str] | None
    """The words for the lower and the upper class of a label."""
    seed: int

    @cached_property
    def events(self) -> TargetEvents:
        """The events of the target."""
        return target_events(np.asarray(self.view.y), self.target, self.labels)

    @cached_property
    def marks(self) -> dict[int, ColumnMark]:
        """The marks by the position of their column, those that the other columns do not explain."""
        if not len(self.events.rows):
            return {}
        found = {at: mark for at in range(len(self.view.names)) if (mark := self._best(at)) is not None}
        return {
            at: mark for at, mark in found.items()
            if (not mark.unexplained or self._unexplained(at, found) >= mark.unexplained)
            and self._predicted_within(at, found) < MOST_PREDICTED
        }  # fmt: skip

    def sets(self, at: int) -> ValueSets:
        """Return the sets of values of the column at `at`."""
        values, levels = self.view.values[:, at], self.view.levels[at]
        return sets_of_levels(values, levels) if levels else sets_of_numbers(values)

    def count(self, sets: ValueSets) -> EventCounts:
        """Count the rows of all indicators of a column but "is missing"."""
        counts = count_sets(sets, self.events)
        return (
            join_counts(counts, count_unions(sets, self.events, self._quarters)) if sets.codelike else counts
        )

    @cached_property
    def _quarters(self) -> NDArray[np.int64]:
        """Shape (m,): 0 to 3 at random; rows that belong together have the same."""
        _, number = np.unique(self.together, return_inverse=True)
        return np.random.default_rng(self.seed).integers(QUARTERS, size=len(number))[number]

    @cached_property
    def _weight(self) -> float:
        """What a row counts as evidence: less than 1 where rows that belong together have one target."""
        _, first, number = np.unique(self.together, return_index=True, return_inverse=True)
        y = np.asarray(self.view.y)
        several = np.bincount(number)[number] > 1
        same = (y == y[first[number]])[several]
        return len(first) / len(y) if several.any() and same.mean() >= ONE_TARGET else 1.0

    def _best(self, at: int) -> ColumnMark | None:
        """Return the column's best mark, whatever the other columns explain."""
        if self.view.kinds[at] == "constant" and not np.isnan(self.view.values[:, at]).any():
            return None
        sets = self.sets(at)
        counts = self.count(sets)
        mark = best_mark(counts, self.events, self._weight)
        if sets.missing.any():
            lost_counts = count_missing(sets.missing, self.events)
            lost = best_mark(lost_counts, self.events, self._weight)
            if lost is not None and (mark is None or lost.agreement >= AS_GOOD * mark.agreement):
                return self._column_mark(lost_counts, lost, by_missing=True)
        return None if mark is None else self._column_mark(counts, mark, by_missing=False)

    def _column_mark(self, counts: EventCounts, mark: Mark, by_missing: bool) -> ColumnMark:
        event = self.events.rows[mark.event]
        rate = mark.inside / int(event.sum())
        without = mark.outside / int((~event).sum())
        word = self.events.words[mark.event]
        return ColumnMark(
            word=str(counts.words[mark.event, mark.indicator]),
            rates=EventRatio(mark.ratio, rate, without, word, present=True),
            rows=counts.rows(mark.event, mark.indicator),
            event=event,
            unexplained=mark.unexplained,
            clear=rate >= MIN_RATE and mark.bound >= MIN_BOUND and not self.events.zeros[mark.event],
            by_missing=by_missing,
        )

    def _unexplained(self, at: int, found: dict[int, ColumnMark]) -> float:
        """Return the share of the event, on the marked rows, that the other columns do not predict.

        1 where they predict as much as on any other row, 0 where they predict it for certain. Columns with
        the same clear mark are left out: each of two leaks would explain the other.
        """
        mark, view, rest = found[at], self.view, self._rest(at, found)
        if not rest:
            return 1.0
        order = np.random.default_rng(self.seed).permutation(len(mark.rows))
        chosen = np.union1d(order[:ROWS], order[mark.rows[order]][:MIN_MARKED])
        event = mark.event[chosen]
        target = fold_target(event.astype(float), self.together[chosen], self.seed)
        predicted = predict_by_trees(target, view.values[chosen][:, rest], self.seed, TREES)
        likely = event.mean() + event.std() * predicted[mark.rows[chosen]].mean()
        return float((1.0 - likely) / (1.0 - event.mean()))

    def _predicted_within(self, at: int, found: dict[int, ColumnMark]) -> float:
        """Return the share of the indicator's variance that other columns explain among rows with the event.

        What is written after the event is on some of its rows whatever they are; an honest value goes with
        others. 0 where too few rows with the event are without the indicator, or have it.
        """
        mark, rest = found[at], self._rest(at, found)
        rows = np.random.default_rng(self.seed).permutation(np.flatnonzero(mark.event))[:ROWS]
        marked = mark.rows[rows]
        if not rest or min(marked.sum(), (~marked).sum()) < MIN_EITHER:
            return 0.0
        target = fold_target(marked.astype(float), self.together[rows], self.seed)
        return target.score(
            predict_by_trees(target, self.view.values[rows][:, rest], self.seed, TREES)
        ).item()

    def _rest(self, at: int, found: dict[int, ColumnMark]) -> list[int]:
        """Return the other columns, without those that have the same clear mark."""
        mark = found[at]
        others = found.items() if mark.clear else ()
        same = {one for one, other in others if agreement(mark.rows, other.rows) >= SAME}
        return [
            one for one, kind in enumerate(self.view.kinds) if kind != "constant" and one not in {at, *same}
        ]
