from __future__ import annotations

import numpy as np
import pandas as pd

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.declared.late import late
from cip_exp.data.column_types import to_days


def test_later_dates_are_a_leak_in_a_feature_and_a_note_in_another_column(clean, make_case) -> None:
    X, y = clean
    as_of = pd.Series(pd.date_range("2024-01-01", periods=len(y), freq="D"))
    dated = X.assign(last_visit=as_of - pd.Timedelta(days=3), cancelled=as_of + pd.Timedelta(days=20))
    raw = dated.assign(as_of=as_of)
    (finding,) = late(make_case(dated, y, time=to_days(as_of), raw=raw))
    assert (finding.kind, finding.columns, finding.evidence["share"]) == ("leak", ("cancelled",), 1.0)
    (finding,) = late(make_case(X, y, time=to_days(as_of), raw=raw))
    assert finding.kind == "note"


def test_without_another_date_column_or_a_time_it_is_not_applicable(clean, make_case) -> None:
    X, y = clean
    as_of = pd.Series(pd.date_range("2024-01-01", periods=len(y), freq="h"))
    case = make_case(X, y, time=to_days(as_of), raw=X.assign(as_of=as_of))
    assert late(case) == NotApplicable("no date column besides the time")
    assert late(make_case(X, y)) == NotApplicable("no time and no dates")
    assert np.ptp(to_days(as_of)) < 17
