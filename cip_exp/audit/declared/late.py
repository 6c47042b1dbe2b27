"""Dates that are later than the date on which their row was known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cip_exp.audit.case import Case, Finding, Kind, NotApplicable
from cip_exp.audit.columns.later_dates import date_positions, later_dates

MIN_SHARE = 0.01
EPOCH = pd.Timestamp(0)


def late(case: Case) -> list[Finding] | NotApplicable:
    """Report date columns that are later than the row's own date in at least 1 % of the rows.

    A feature is a `leak`, or `suspect` where it is declared clean; a column that is no feature gets a `note`.
    Where no time is declared, the dates are compared with each other and with the target (`later_dates`). Not
    applicable without a date column besides the time.
    """
    if case.time is None:
        return later_dates(case) if date_positions(case) else NotApplicable("no time and no dates")
    frame = case.X if case.raw is None else case.raw
    dates = [name for name in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[name])]
    others = [name for name in dates if not _is_time(frame[name], case.time)]
    if not others:
        return NotApplicable("no date column besides the time")
    found = []
    for name in others:
        days = _days(frame[name])
        share = float((days > case.time).mean())
        if share >= MIN_SHARE:
            feature = name in case.X.columns
            text = f"{name} is later than the row's own date in {share:.1%} of the rows: it was not known yet"
            kind: Kind = (
                "leak" if feature and not case.declared_clean(str(name)) else "suspect" if feature else "note"
            )
            found.append(Finding("late", kind, (str(name),), text, {"share": share}))
    return found


def _days(column: pd.Series) -> np.ndarray:
    return ((column - EPOCH) / pd.Timedelta(days=1)).to_numpy(dtype=float, na_value=np.nan)


def _is_time(column: pd.Series, time: np.ndarray) -> bool:
    return bool(np.allclose(_days(column), time, equal_nan=True))
