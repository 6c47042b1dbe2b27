"""Unions of values that nearly only one event has: forty status codes of which fifteen mean "closed".

Each of the fifteen may have too few rows to say anything. They are chosen on three quarters of the rows and
counted on the last quarter, for each quarter in turn: what chance chose does not repeat itself there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.measures.event_counts import EventCounts, count_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.audit.measures.target_events import TargetEvents
    from cip_exp.audit.measures.value_sets import ValueSets

    Floats = NDArray[np.float64]

QUARTERS = 4
RATIOS = (3.0, 10.0)
"""A union has the sets whose likelihood ratio is at least this on the other quarters."""
MIN_INSIDE = 2
"""A chosen set has the event on at least this many rows."""
NAMED = 3
"""So many of the values are named in words."""


def count_unions(sets: ValueSets, events: TargetEvents, quarters: NDArray[np.int64]) -> EventCounts:
    """Count the rows of unions of values, and of unions of text parts; none where no two sets are chosen.

    `quarters`, shape (m,), is 0 to 3; rows that are equal belong to one quarter.
    """
    n_events, n_rows = events.rows.shape
    words, rows = [np.empty((n_events, 0), dtype=object)], [np.empty((n_events, 0, n_rows), dtype=bool)]
    ratios = [_ratios(sets, events, quarters != one) for one in range(QUARTERS)]
    for least in RATIOS:
        for parts in np.unique(sets.parts):
            chosen = [(one >= least) & (sets.parts == parts) for one in ratios]
            always = np.logical_and.reduce(chosen)
            if always.sum(axis=1).max(initial=0) > 1:
                rows.append(_apply(sets, chosen, quarters)[:, None])
                words.append(np.array([[_in_words(sets, one)] for one in always], dtype=object))
    ordinary = bool(sets.ordinary.any())
    return count_rows(np.concatenate(words, axis=1), np.concatenate(rows, axis=1), events, ordinary)


def _apply(
    sets: ValueSets, chosen: Sequence[NDArray[np.bool_]], quarters: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return the rows of each quarter that have a value of the sets chosen without it, shape (e, m)."""
    rows = np.zeros((len(chosen[0]), len(quarters)), dtype=bool)
    for quarter, each in enumerate(chosen):
        values = np.asarray(each.astype(float) @ sets.members) > 0
        here = quarters == quarter
        rows[:, here] = np.column_stack([values, np.zeros(len(values), dtype=bool)])[:, sets.codes[here]]
    return rows


def _in_words(sets: ValueSets, chosen: NDArray[np.bool_]) -> str:
    places = np.flatnonzero(chosen)
    named = [sets.words[at].removeprefix("is ") for at in places[:NAMED]]
    what = "has one of {} parts" if sets.parts[places].any() else "is one of {} values"
    more = ", …" if len(places) > len(named) else ""
    return f"{what.format(len(places))} ({', '.join(named)}{more})"


def _ratios(sets: ValueSets, events: TargetEvents, rows: NDArray[np.bool_]) -> Floats:
    """Return the likelihood ratio of each set for each event among `rows`, shape (e, s); 0 for rare ones."""
    by_value = events.count(sets.codes, sets.size + 1, rows)[: len(events.rows) + 1, :-1]
    counts = np.asarray(sets.members @ by_value.T).T
    total, inside = counts[:1], counts[1:]
    n_with = events.rows[:, rows].sum(axis=1, keepdims=True)
    with_event = (inside + 0.5) / (n_with + 1.0)
    without = (total - inside + 0.5) / (rows.sum() - n_with + 1.0)
    return np.asarray(np.where(inside >= MIN_INSIDE, with_event / without, 0.0))
