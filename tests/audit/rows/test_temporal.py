from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.rows.temporal import temporal

DAYS = np.arange(400.0)


@pytest.mark.parametrize(
    ("test", "scheme", "kind"),
    [
        (DAYS % 5 == 0, "stratified", "suspect"),
        ((DAYS >= 320) ^ (DAYS == 10), "temporal", "leak"),
        (DAYS >= 320, "temporal", None),
        (DAYS >= 320, "holdout", None),
    ],
)
def test_only_newer_rows_may_be_held_out(test, scheme, kind, clean, make_case) -> None:
    X, y = clean
    findings = temporal(make_case(X, y, test, scheme=scheme, time=DAYS)) or []
    assert [finding.kind for finding in findings] == ([kind] if kind else [])


def test_without_a_declared_time_it_is_not_applicable(clean, make_case) -> None:
    assert temporal(make_case(*clean)) == NotApplicable("no time is declared")
