"""How many rows with and without each event have each set of a column's values; all sets at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cip_exp.audit.measures.target_events import TargetEvents
    from cip_exp.audit.measures.value_sets import ValueSets

Floats = NDArray[np.float64]
Rows = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class EventCounts:
    """Rows that have an indicator ("has a value of this set", and the like), by event."""

    words: NDArray[np.object_]
    """Shape (e, s): in words that follow the column's name; the same for every event, but for unions."""
    inside: Floats
    """Shape (e, s): rows with event and indicator."""
    outside: Floats
    """Shape (e, s): rows with the indicator and without the event."""
    near: Floats
    """Shape (e, s): rows of `inside` in the half of an amount's part that is nearer to the rest."""
    beyond: Floats
    """Shape (e, s): rows of `outside` just beyond the cut of an amount's part."""
    ordinary: Rows
    """Shape (s,): whether the indicator is a number like any other of its column."""
    rows: Callable[[int, int], Rows]
    """The rows of an indicator, shape (m,), by the positions of the event and of the indicator."""


def join_counts(first: EventCounts, second: EventCounts) -> EventCounts:
    """Return the indicators of both."""
    words, inside, outside, near, beyond = (
        np.concatenate([getattr(first, name), getattr(second, name)], axis=1)
        for name in ("words", "inside", "outside", "near", "beyond")
    )
    ordinary = np.concatenate([first.ordinary, second.ordinary])
    n = first.words.shape[1]

    def rows(event: int, at: int) -> Rows:
        return first.rows(event, at) if at < n else second.rows(event, at - n)

    return EventCounts(words, inside, outside, near, beyond, ordinary, rows)


def count_rows(
    words: NDArray[np.object_], rows: Rows, events: TargetEvents, ordinary: bool = False
) -> EventCounts:
    """Count indicators by their rows, shape (e, s, m); `words`, shape (e, s)."""
    inside = (rows & events.rows[:, None]).sum(axis=2).astype(float)
    outside = rows.sum(axis=2) - inside
    near, beyond = inside, np.zeros_like(inside)
    if not events.label:
        near, beyond = (
            (rows & part[:, None]).sum(axis=2).astype(float) for part in (events.near, events.beyond)
        )
    each = np.full(rows.shape[1], ordinary)
    return EventCounts(
        words, inside, outside, near, beyond, each, lambda event, at: np.asarray(rows[event, at])
    )


def count_missing(missing: Rows, events: TargetEvents) -> EventCounts:
    """Count the rows where a column is missing, and where it is present; `missing`, shape (m,)."""
    shape = (len(events.rows), 2)
    both = np.broadcast_to(np.array([missing, ~missing]), (*shape, len(missing)))
    return count_rows(same_words(["is missing", "is present"], events), both, events)


def same_words(words: Sequence[str], events: TargetEvents) -> NDArray[np.object_]:
    """Repeat `words` for every event, shape (e, s)."""
    return np.broadcast_to(np.array(words, dtype=object), (len(events.rows), len(words)))


def count_sets(sets: ValueSets, events: TargetEvents) -> EventCounts:
    """Count the rows of each set, of its opposite, and of both together with missing values."""
    words = [*sets.words, *(opposite_of(word) for word in sets.words)]
    if sets.missing.any():
        words += [f"{word} or missing" for word in words]

    every = _variants(sets, events.count(sets.codes, sets.size + 1))[:, : len(words)]
    inside, near, beyond = np.split(every[1:], 3)
    outside = every[:1] - inside
    ordinary = np.resize(sets.ordinary, len(words))

    def rows(_event: int, at: int) -> Rows:
        with_missing, rest = divmod(at, 2 * len(sets.words))
        opposite, place = divmod(rest, len(sets.words))
        having = sets.rows(place)
        having = ~having & ~sets.missing if opposite else having
        return having | sets.missing if with_missing else having

    return EventCounts(same_words(words, events), inside, outside, near, beyond, ordinary, rows)


def opposite_of(word: str) -> str:
    """Return the opposite: `is 0` becomes `is not 0`, `begins with 'A'` becomes `does not begin with 'A'`."""
    first, rest = word.split(" ", 1)
    return f"is not {rest}" if first == "is" else f"does not {first.removesuffix('s')} {rest}"


def _variants(sets: ValueSets, by_value: Floats) -> Floats:
    """Return the counts of sets, opposites, and both with missing values, shape (e, 4 s)."""
    known, missing = by_value[:, :-1], by_value[:, -1:]
    having = np.asarray(sets.members @ known.T).T
    opposite = known.sum(axis=1, keepdims=True) - having
    return np.concatenate([having, opposite, having + missing, opposite + missing], axis=1)
