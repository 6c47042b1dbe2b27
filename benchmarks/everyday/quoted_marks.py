"""Quoted kinds of marks: values that only the event's rows have, or only the others.

None of these may be tuned on. An event is the positive class, or the top quarter of an amount.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.everyday.kinds import STRAYS, Columns, Given, written

CATEGORIES = {
    "Competitor": ("made a better offer", "had better devices", "offered more data", "was recommended"),
    "Dissatisfaction": ("with the product", "with the network", "with the website"),
    "Price": ("too high", "extra fees", "long distance charges"),
    "Other": ("moved away", "deceased", "does not know"),
}
NOTES = (
    "Routine check", "Asked for invoice copy", "Address updated", "Wants a call back", "Question on tariff",
    "New phone ordered", "Password reset", "Router replaced", "Paid at the counter", "Thanks for the voucher",
    "Complaint on speed", "Technician came", "Moved in with family", "Asked about the app", "Reminder sent",
    "Upgrade explained", "Holiday address", "Bank data changed", "Second SIM wanted", "Nothing to do",
)  # fmt: skip
LEAVING = (
    "Number port-out asked", "Confirmed port-out today", "Port-out form sent", "Will port-out in May",
    "Port-out, angry", "Port-out to a rival", "Asked how to port-out", "Late port-out",
)  # fmt: skip


def recoveries(given: Given) -> Columns:
    """Lending Club's `recoveries` and `collection_recovery_fee`: 0 unless a charged-off loan was collected.

    Reported in many public notebooks on that data: above 0 on a part of the bad loans only.
    """
    mark = given.marked((0.6, 0.4, 0.2), (0.0, 0.0, 0.0))
    amount = np.where(mark, given.lognormal(620, 1.1), 0.0)
    return [np.round(amount, 2), np.round(amount * given.rng.choice([0.0, 0.18, 0.25], given.n), 2)]


def settlement(given: Given) -> Columns:
    """Status, month and amount of a settlement, empty for all others (Lending Club's `settlement_*`)."""
    mark = given.marked((0.7, 0.45, 0.25), (0.0, 0.0, 0.002))
    status = pd.Series(given.draw(["COMPLETE", "ACTIVE", "BROKEN"])).where(mark)
    dates = written(given.days("2016-01-10", 0, 900), "%b-%Y", mark)
    return [status, dates, np.where(mark, given.lognormal(4100, 0.5), np.nan)]


def disposition(given: Given) -> Columns:
    """A number code of thirty; some codes mean that the event cannot happen any more.

    The hospital readmission data of UCI (Strack 2014): discharged to hospice, or expired.
    """
    other = given.rng.choice([1, 2, 3, 5, 6, 7, 8, 18, 22, 25], given.n, p=np.arange(10, 0, -1) / 55)
    closed = ~given.event & (given.rng.random(given.n) < (0.6, 0.35, 0.2)[given.at])
    return [np.where(closed, given.rng.choice([11, 13, 14, 19, 20, 21], given.n), other).astype(float)]


def boat_and_body(given: Given) -> Columns:
    """The Titanic's `boat` (for who was saved) and `body` (a number, for who was not)."""
    boats = given.draw([*(f"no. {at}" for at in range(1, 17)), "A", "B", "C", "D"])
    boat = pd.Series(boats).where(given.marked((0.98, 0.85, 0.6), (0.01, 0.02, 0.03)))
    found = ~given.event & (given.rng.random(given.n) < (0.5, 0.3, 0.15)[given.at])
    return [boat, np.where(found, given.rng.permutation(given.n) + 1.0, np.nan)]


def code_suffix(given: Given) -> Columns:
    """Codes such as X19R and B40A; the last letter tells of the event, many codes are rare."""
    letters, numbers = given.draw(list("ABHKX")), given.rng.integers(12, 20, given.n)
    ends = np.where(given.marked(), given.draw(["R", "Z"]), given.draw(["A", "B", "E"]))
    return [pd.Series([f"{a}{b}{c}" for a, b, c in zip(letters, numbers, ends, strict=True)])]


def forty_codes(given: Given) -> Columns:
    """A status of forty codes such as CLO-123; nine of them, none frequent, are set after the event only."""
    pool = [f"{stem}-{number}" for stem in ("CLO", "OPN", "MNT", "SYS", "UPD") for number in range(121, 129)]
    codes = given.rng.permutation(np.array(pool, dtype=object))
    late, usual = codes[:9], codes[9:]
    weights = given.rng.dirichlet(np.ones(len(usual)))
    return [
        pd.Series(np.where(given.marked(), given.draw(list(late)), given.draw(list(usual), list(weights))))
    ]


def code_middle(given: Given) -> Columns:
    """Ticket codes such as 23/CXL/0457; the middle tells the kind of ticket, the end is a number."""
    parts = np.where(
        given.marked(), given.draw(["CXL", "TRM", "DEA"]), given.draw(["ORD", "INV", "SRV", "QST"])
    )
    ends = given.rng.integers(1, 25, given.n)
    return [pd.Series([f"23/{part}/{end:04d}" for part, end in zip(parts, ends, strict=True)])]


def short_notes(given: Given) -> Columns:
    """Notes of an agent; eight of them, each in other words, speak of moving the number to a rival."""
    return [pd.Series(np.where(given.marked(), given.draw(LEAVING), given.draw(NOTES)))]


def free_notes(given: Given) -> Columns:
    """Notes with a number in them, so that nearly every one is unique; a phrase tells of the event."""
    numbers = given.rng.integers(1000, 99999, given.n)
    phrase = np.where(given.marked(), "refund issued after cancellation", given.draw(NOTES))
    return [pd.Series([f"Ticket {a}: {b.lower()}." for a, b in zip(numbers, phrase, strict=True)])]


def reason_and_category(given: Given) -> Columns:
    """`churn_category` and `churn_reason` of IBM's telco sample data, empty for who stays."""
    mark = given.marked((1.0, 0.8, 0.5), (0.0, 0.0, 0.01))
    category = given.draw(list(CATEGORIES), [5, 3, 2, 2])
    reason = [f"{c}: {CATEGORIES[c][given.rng.integers(len(CATEGORIES[c]))]}" for c in category]
    return [pd.Series(category).where(mark), pd.Series(reason).where(mark)]


def refund(given: Given) -> Columns:
    """Refunds, as negative amounts: on half of the event's rows, and on a few of the others for faults."""
    mark = given.marked((0.75, 0.5, 0.3), (0.01, 0.02, 0.04))
    return [np.where(mark, -given.lognormal(45), 0.0)]


def ended_fields(given: Given) -> Columns:
    """A grade, a date and a text of a process that stops with the event: rarely filled for it."""
    columns: list[pd.Series] = []
    for values in (
        pd.Series(given.rng.integers(1, 6, given.n).astype(float)),
        written(given.days("2024-02-01", 0, 120), "%d.%m.%Y"),
        pd.Series(given.draw(["north", "centre", "online"])),
    ):
        lost = given.marked((0.97, 0.85, 0.65), (0.03, 0.1, 0.2))
        columns.append(values.where(~lost))
    return columns


def rare_text(given: Given) -> Columns:
    """A text that is `none` nearly everywhere, and something else on a tenth of the event's rows."""
    mark = given.marked((0.25, 0.15, 0.1), (0.0, 0.0, 0.001))
    return [pd.Series(np.where(mark, given.draw(["legal hold", "dunning stop", "estate"]), "none"))]


def late_codes(given: Given) -> Columns:
    """Counts from 0 to 6 in which 96 and 98 are codes (Kaggle, Give Me Some Credit), set at the event."""
    codes = given.rng.choice([96, 98], given.n)
    counts = np.minimum(given.rng.poisson(0.6, given.n), 6)
    return [np.where(given.marked((0.9, 0.6, 0.3), STRAYS), codes, counts).astype(float)]


def employed_sentinel(given: Given) -> Columns:
    """Days of employment, negative; 365243 means none (Kaggle, Home Credit), here written at the event."""
    days = -given.rng.integers(30, 12000, given.n)
    return [np.where(given.marked((0.9, 0.6, 0.35), STRAYS), 365243, days).astype(float)]
