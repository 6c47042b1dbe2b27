"""Kinds of everyday leaks that thresholds may be tuned on; those that are quoted are made otherwise.

An event is the positive class, or the top quarter of an amount.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.everyday.kinds import STRAYS, Columns, Floats, Given, Kind, add_days, written

NOTES = ("spoke to client", "left voicemail", "emailed offer", "address checked", "all fine")
ENDINGS = ("card returned", "return of device")


def zero_mark(given: Given) -> Columns:
    """An amount that is not zero for 100, 60 and 35 % of the event's rows, and zero for all others."""
    mark = given.marked((1.0, 0.6, 0.35), (0.0, 0.0, 0.01))
    return [np.where(mark, given.lognormal(250), 0.0)]


def sentinel(given: Given) -> Columns:
    """An honest number, overwritten by -1 or 999 for the event's rows."""
    code = (-1, 999)[int(given.rng.integers(2))]
    return [np.where(given.marked(), code, given.rng.integers(0, 120, given.n)).astype(float)]


def level(given: Given) -> Columns:
    """A category of ten levels, two of which only the event's rows have."""
    honest = given.draw([f"type {c}" for c in "ABCDEFGH"], np.arange(1, 9))
    return [pd.Series(np.where(given.marked(), given.draw(["type X", "type Y"]), honest))]


def code_stem(given: Given) -> Columns:
    """Codes of a stem and two digits; the event's rows have stems of their own."""
    stems = np.where(given.marked(), given.draw(["TRM", "EXI"]), given.draw(["ACT", "REN", "NEW", "UPG"]))
    numbers = given.rng.integers(10, 30, given.n)
    return [pd.Series([f"{stem}-{number}" for stem, number in zip(stems, numbers, strict=True)])]


def note_phrase(given: Given) -> Columns:
    """Short notes of one or two phrases, one of which belongs to the event."""
    first, second = given.draw(NOTES), given.draw([*NOTES, ""])
    last = np.where(given.marked(), given.draw(ENDINGS), second)
    return [pd.Series([", ".join(part for part in both if part) for both in zip(first, last, strict=True)])]


def difference(given: Given) -> Columns:
    """Two readings of a meter: their difference is the amount, or nothing was used after the event."""
    first = given.rng.integers(0, 60, given.n).astype(float)
    if given.amounts:
        first = first * 3
        used = given.money * (1 + (0.0, 0.1, 0.3)[given.at] * given.rng.normal(size=given.n))
    else:
        used = np.where(given.marked(), 0, given.rng.integers(5, 60, given.n))
    return [first, np.round(first + used)]


def equality(given: Given) -> Columns:
    """Two categories that differ only where the event was."""
    plans = ["basic", "family", "plus", "pro"]
    before = given.draw(plans)
    other = given.draw(plans)
    return [pd.Series(before), pd.Series(np.where(given.marked(), other, before))]


def date_of_event(given: Given) -> Columns:
    """A date that only the event's rows have, in one of three notations."""
    notation = ("%Y-%m-%d", "%d.%m.%Y", "%b %d, %Y")[int(given.rng.integers(3))]
    return [written(given.days("2023-03-01", 0, 300), notation, given.marked())]


def date_later(given: Given) -> Columns:
    """The day of the last contact: after the snapshot for those who stay, before it for the others."""
    if given.amounts:
        days = 200 + 90 * (given.order + (0.1, 0.5, 1.0)[given.at] * given.rng.normal(size=given.n))
    else:
        gone = given.marked((1.0, 0.9, 0.7), (0.0, 0.05, 0.15))
        days = np.where(gone, given.rng.integers(0, 200, given.n), given.rng.integers(180, 400, given.n))
    notation = ("%Y-%m-%d", "%d/%m/%Y")[int(given.rng.integers(2))]
    return [written(add_days("2022-06-13", days), notation)]


def status_and_date(given: Given) -> Columns:
    """A status and its date: either gives the event away."""
    mark = given.marked()
    status = pd.Series(np.where(mark, "ended", given.draw(["open", "open", "paused"])))
    return [status, written(given.days("2023-01-05", 0, 330), "%Y-%m-%d", mark)]


def three_amounts(given: Given) -> Columns:
    """Amounts booked over the same time as the target: total, part of it, last booking."""
    noise = (0.05, 0.2, 0.4)[given.at]
    if given.amounts:
        base = given.money
    else:
        base = np.where(given.marked((1.0, 0.9, 0.8), STRAYS), 0.3, 1.0) * given.lognormal(900, 0.15)
    total = base * np.exp(noise * given.rng.normal(size=given.n))
    part = total * given.rng.uniform(0.85, 0.95, given.n)
    last = total / 12 * np.exp(noise / 2 * given.rng.normal(size=given.n))
    return [np.round(total, 2), np.round(part, 2), np.round(last, 2)]


def window_total(given: Given) -> Columns:
    """A total over history and the target's own window."""
    share = (1.0, 0.6, 0.3)[given.at]
    if given.amounts:
        return [np.round(given.lognormal(40) + share * given.money, 2)]
    window = np.where(given.event, given.rng.poisson(0.3, given.n), given.rng.poisson(8 * share, given.n))
    return [(given.rng.poisson(3, given.n) + window).astype(float)]


def next_period(given: Given) -> Columns:
    """What happens in the period after the target's, which resembles it."""
    if given.amounts:
        noise = (0.15, 0.4, 0.7)[given.at]
        return [np.round(given.money * np.exp(noise * given.rng.normal(size=given.n)), 2)]
    spend = given.lognormal(60)
    return [np.where(given.marked((1.0, 0.9, 0.75), (0.02, 0.05, 0.1)), 0.0, spend)]


def blank(given: Given) -> Columns:
    """A field that nobody filled in any more once the event had happened."""
    lost = given.marked((1.0, 0.85, 0.6), (0.0, 0.02, 0.05))
    return [np.where(lost, np.nan, given.rng.integers(1, 11, given.n).astype(float))]


def rare_flag(given: Given) -> Columns:
    """A flag that is nearly always 0, and 1 on a tenth of the event's rows."""
    return [given.marked((0.2, 0.12, 0.08), (0.0, 0.0, 0.002)).astype(float)]


def other_unit(given: Given) -> Columns:
    """The amount in another currency, with rates that vary; of a label, its percentage with noise."""
    if given.amounts:
        rate = 1.09 * (1 + (0.0, 0.02, 0.08)[given.at] * given.rng.normal(size=given.n))
        return [np.round(given.money * rate, 2)]
    return [np.round(100 * (given.data.y * 0.8 + (0.05, 0.15, 0.3)[given.at] * given.rng.random(given.n)), 1)]


def segment(given: Given) -> Columns:
    """Segments cut from the outcome itself."""
    score: Floats = given.order if given.amounts else given.data.y + 0.0
    noisy = score + (0.1, 0.3, 0.5)[given.at] * given.rng.normal(size=given.n)
    bands = pd.qcut(noisy, 4, labels=["D", "C", "B", "A"])
    return [pd.Series(np.asarray(bands, dtype=object))]


def survey(given: Given) -> Columns:
    """A grade of a survey that was sent out after the event, answered by four of ten."""
    sign = given.order if given.amounts else 2.0 * given.data.y
    grade = np.clip(
        np.round(6 + 1.5 * sign + (0.5, 1.0, 1.6)[given.at] * given.rng.normal(size=given.n)), 0, 10
    )
    answered = given.rng.random(given.n) < (0.9, 0.7, 0.5)[given.at]
    return [np.where(answered, grade, np.nan)]


KINDS: dict[str, Kind] = {
    "zero_mark": Kind(zero_mark, "n", ("recovered_amount",), ("bonus_paid",)),
    "sentinel": Kind(sentinel, "n"),
    "level": Kind(level, "t", ("exit_type",), ("award_type",)),
    "code_stem": Kind(code_stem, "t", ("final_status",), ("final_status",)),
    "note_phrase": Kind(note_phrase, "t"),
    "difference": Kind(difference, "nn", ("meter_start", "meter_end"), ("meter_start", "meter_end"), True),
    "equality": Kind(equality, "tt", jointly=True, tasks=("churn",)),
    "date_of_event": Kind(date_of_event, "d", ("closed_on",), ("upgraded_on",)),
    "date_later": Kind(date_later, "d", ("last_contact",), ("last_contact",)),
    "status_and_date": Kind(status_and_date, "td", ("end_status", "end_date"), ("end_status", "end_date")),
    "three_amounts": Kind(
        three_amounts, "nnn",
        ("paid_total", "paid_principal", "paid_last"), ("paid_total", "paid_principal", "paid_last"),
    ),
    "window_total": Kind(window_total, "n", ("orders_to_date",), ("spend_to_date",)),
    "next_period": Kind(next_period, "n", ("spend_next_quarter",), ("spend_next_quarter",)),
    "blank": Kind(blank, "n"),
    "rare_flag": Kind(rare_flag, "f", ("objection_filed",), ("award_given",)),
    "other_unit": Kind(other_unit, "n"),
    "segment": Kind(segment, "t", ("churn_segment",), ("value_segment",)),
    "survey": Kind(survey, "n", ("exit_survey",), ("exit_survey",)),
}  # fmt: skip
