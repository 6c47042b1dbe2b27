from __future__ import annotations

import numpy as np

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.rows.groups import groups


def test_a_group_on_both_sides_is_a_leak(clean, make_case) -> None:
    X, y = clean
    household = np.arange(400) // 4
    divided = make_case(X, y, np.arange(400) % 4 == 0, groups=household)
    (finding,) = groups(divided)
    assert (finding.kind, finding.evidence["holdout"]) == ("leak", 1.0)
    assert groups(make_case(X, y, household % 5 == 0, groups=household)) is None


def test_without_a_declared_group_it_is_not_applicable(clean, make_case) -> None:
    assert groups(make_case(*clean)) == NotApplicable("no group is declared")
