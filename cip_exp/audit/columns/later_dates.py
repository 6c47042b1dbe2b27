"""Dates that show the outcome, where no time of the rows is declared: compared with the file's other dates.

The latest of the other dates stands for the day of the snapshot. What is read from dates: whether a date lies
after that day, the days between two dates, the day of the month and of the week.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from cip_exp.audit.case import Case, Finding, Kind
from cip_exp.audit.columns.flags import only_target_explains
from cip_exp.audit.measures import explained_variance
from cip_exp.audit.measures.given_target import build_regressors
from cip_exp.audit.measures.likelihood_ratio import highest_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_DATES = 6
MIN_SHARE = 0.01
GAIN = 0.1
"""What is read from a date must explain so much more of the target's variance than the date itself."""
SUSPECT = 0.1
LEAK_LABEL, LEAK_AMOUNT = (0.2, 0.3), (0.35, 0.45)
"""As in `reconstruction`: the share explained alone, and added to all other columns."""


class DateReading(NamedTuple):
    """A number that is read from dates."""

    at: int
    """Position of the date column that is reported: of two, the later one."""
    text: str
    days: Floats
    """Shape (m,)."""
    alone_before: float
    """What the dates themselves explain, the better of two."""


def date_positions(case: Case) -> list[int]:
    """Return the positions of date columns in the view."""
    return [at for at, kind in enumerate(case.view.kinds) if kind == "date"]


def later_dates(case: Case) -> list[Finding]:
    """Report dates after the snapshot, and dates from which the target can be read.

    A date that is later than all other date columns in 1 % of the rows gets a `note`; it is a `leak` where
    "later" shows the event as a flag would (`flags`). The days between two dates, the day of the month or of
    the week are `suspect` where they explain 0.1 of the target's variance more than the dates do, and a
    `leak` where they reach the thresholds of `reconstruction`. A column that is declared clean is at most
    `suspect`.
    """
    dates = date_positions(case)[:MOST_DATES]
    days = {at: _days(case.X.iloc[case.view.rows, at]) for at in dates}
    found = [one for at in dates for one in _later(case, at, days)]
    return found if case.y is None or np.unique(case.y).size < 2 else [*found, *_readable(case, days)]


def _days(column: pd.Series) -> Floats:
    return np.asarray((column - pd.Timestamp(0)) / pd.Timedelta(days=1), dtype=float)


def _later(case: Case, at: int, days: dict[int, Floats]) -> list[Finding]:
    others = [values for one, values in days.items() if one != at]
    if not others:
        return []
    snapshot = float(np.nanmax(np.concatenate(others)))
    later = days[at] > snapshot
    known = np.isfinite(days[at])
    share = float(later.sum() / max(1, known.sum()))
    if share < MIN_SHARE:
        return []
    name = case.view.names[at]
    day = (pd.Timestamp(0) + pd.Timedelta(days=snapshot)).date()
    text = f"{name} is later than every other date of the table ({day}) in {share:.1%} of the rows"
    kind: Kind = "note"
    y = case.view.y
    rates = None if y is None or not known.all() else highest_ratio(later, case.search.events)
    if rates is not None and rates.is_high and _counts(case, later, at):
        kind = "suspect" if case.declared_clean(name) else "leak"
        text += f": of {rates.with_event:.0%} with {rates.event}, of {rates.without:.1%} of the others"
    return [
        Finding("late", kind, (name,), f"{text}: was it known on the day of the table?", {"share": share})
    ]


def _counts(case: Case, later: NDArray[np.bool_], at: int) -> bool:
    return np.unique(np.asarray(case.view.y)).size <= 2 or only_target_explains(case, later, at)


def _readable(case: Case, days: dict[int, Floats]) -> list[Finding]:
    """Test what can be read from the dates; the clearest reading of each date is reported."""
    view = case.view
    folded = explained_variance.fold_target(np.asarray(view.y), case.together[view.rows], case.seed)
    dates = np.column_stack(list(days.values())) if days else np.empty((len(view.rows), 0))
    own = dict(zip(days, explained_variance.of_each_column(folded, dates), strict=True)) if days else {}
    readings = [each for each in _readings(case, days, own) if np.unique(each.days).size > 1]
    if not readings:
        return []
    values = np.column_stack([each.days for each in readings])
    alone = explained_variance.of_each_column(folded, values)
    clear = [n for n, each in enumerate(readings) if alone[n] >= max(SUSPECT, each.alone_before + GAIN)]
    best: dict[int, int] = {}
    for n in sorted(clear, key=lambda n: -alone[n]):
        best.setdefault(readings[n].at, n)
    return [_reading_finding(case, readings[n], float(alone[n])) for n in best.values()]


def _readings(case: Case, days: dict[int, Floats], own: dict[int, float]) -> list[DateReading]:
    names = case.view.names
    found = []
    for at in days:
        date = case.X.iloc[case.view.rows, at].dt
        for word, part in (("day of the month", date.day), ("day of the week", date.day_of_week)):
            found.append(
                DateReading(at, f"the {word} of {names[at]}", np.asarray(part, dtype=float), own[at])
            )
    for one, two in combinations(days, 2):
        first, last = sorted((one, two), key=lambda at: float(np.nanmean(days[at])))
        text = f"the days from {names[first]} to {names[last]}"
        found.append(DateReading(last, text, days[last] - days[first], max(own[one], own[two])))
    return found


def _reading_finding(case: Case, reading: DateReading, alone: float) -> Finding:
    view, name = case.view, case.view.names[reading.at]
    wider = replace(
        view,
        names=(*view.names, reading.text),
        kinds=(*view.kinds, "number"),
        values=np.column_stack([view.values, reading.days]),  # noqa: PD011
        decimals=(*view.decimals, 0),
    )
    regressors = build_regressors(wider, case.seed, case.together[view.rows])
    # The dates together may say what the reading says: it is compared with the other columns.
    dates = date_positions(case)
    given = None if regressors is None else regressors.measure(without=dates).get(len(view.names))
    added = 0.0 if given is None else given.added
    least_alone, least_added = LEAK_LABEL if np.unique(np.asarray(view.y)).size <= 2 else LEAK_AMOUNT
    clear = alone >= least_alone and added >= least_added and not case.declared_clean(name)
    text = (
        f"{reading.text} explains {alone:.3f} of the variance of {case.target}, the dates alone "
        f"{max(0.0, reading.alone_before):.3f}: was it known on the day of the table?"
    )
    return Finding("late", "leak" if clear else "suspect", (name,), text, {"alone": alone, "added": added})
