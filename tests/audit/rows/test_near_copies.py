from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.rows.near_copies import near_copies


def test_copies_with_noise_are_duplicates(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(1)
    for name in X.columns[:7]:
        X.loc[X.index[:120], name] = X[name].to_numpy()[200:320] * (1 + 1e-5 * rng.normal(size=120))
    X.loc[X.index[:120], "region"] = X["region"].to_numpy()[200:320]
    y[:120] = y[200:320]
    (finding,) = near_copies(make_case(X, y))
    assert finding.kind == "duplicate"
    assert "have a near copy: equal within rounding or noise; chance gives 0" in finding.message
    assert finding.evidence["share"] == pytest.approx(0.6, abs=0.1)


def test_a_clean_table_has_none_and_a_small_one_is_not_judged(clean, make_case) -> None:
    X, y = clean
    assert near_copies(make_case(X, y)) is None
    assert isinstance(near_copies(make_case(X.iloc[:99], y[:99])), NotApplicable)
