from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cip_exp.audit.columns.later_dates import date_positions, later_dates
from cip_exp.audit.declared.late import late
from cip_exp.records.lineage import Lineage, Origin

if TYPE_CHECKING:
    from cip_exp.audit.case import Finding


def dates(start: str, days: np.ndarray) -> pd.Series:
    return pd.Series(pd.Timestamp(start) + pd.to_timedelta(days, unit="D"))


def honest(n: int, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame({"signup": dates("2020-01-01", rng.integers(0, 900, n))})


def kinds(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.kind, *finding.columns) for finding in findings]


def test_dates_after_all_others_are_noted_and_a_leak_with_the_event(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(0)
    label = (y > np.quantile(y, 0.7)).astype(float)
    X = X.join(honest(len(y), rng)).assign(seen=dates("2021-06-01", rng.integers(0, 900, len(y))))
    assert kinds(late(make_case(X, label))) == [("note", "seen")]
    after = np.where(label == 1, rng.integers(2000, 2100, len(y)), rng.integers(0, 500, len(y)))
    found = later_dates(make_case(X.assign(seen=dates("2020-06-01", after)), label))
    assert ("leak", "seen") in kinds(found)
    assert "later than every other date of the table (2022-" in found[0].message
    lineage = Lineage({"seen": Origin()})
    found = later_dates(make_case(X.assign(seen=dates("2020-06-01", after)), label, lineage=lineage))
    assert "leak" not in [finding.kind for finding in found]


def test_the_days_between_two_dates_may_give_the_target_away(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(0)
    X = X.join(honest(len(y), rng))
    for target, days in (
        (y, 100 + 2 * y + rng.normal(size=len(y))),
        ((y > np.median(y)).astype(float), np.where(y > np.median(y), 5, 40) + rng.integers(0, 30, len(y))),
    ):
        seen = X["signup"] + pd.to_timedelta(days.round(), unit="D")
        (found,) = (f for f in later_dates(make_case(X.assign(seen=seen), target)) if f.kind != "note")
        assert (found.kind, found.columns) == ("leak", ("seen",))
        assert found.message.startswith("the days from signup to seen explains")


def test_the_day_of_the_month_may_give_the_target_away(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(0)
    label = (y > np.median(y)).astype(float)
    day = np.where(label == 1, 28, rng.integers(1, 28, len(y)))
    X["billed"] = pd.to_datetime({"year": 2023, "month": rng.integers(1, 13, len(y)), "day": day})
    (found,) = later_dates(make_case(X, label))
    assert (found.kind, found.columns) == ("leak", ("billed",))
    assert "day of the month" in found.message


def test_independent_dates_are_at_most_noted(clean, make_case) -> None:
    X, y = clean
    for seed in range(8):
        rng = np.random.default_rng(seed)
        dated = X.join(honest(len(y), rng)).assign(
            seen=dates("2021-01-01", rng.integers(0, 900, len(y))),
            gaps=dates("2021-01-01", rng.integers(0, 300, len(y))).where(rng.random(len(y)) < 0.8),
        )
        for target in (y, (y > np.quantile(y, 0.8)).astype(float)):
            case = make_case(dated, target)
            assert date_positions(case) == [8, 9, 10]
            assert {finding.kind for finding in later_dates(case)} <= {"note"}
