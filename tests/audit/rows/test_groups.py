from __future__ import annotations

import numpy as np

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.rows.groups import groups


def test_a_parted_group_is_a_leak_and_a_whole_one_is_not(honest, make_case) -> None:
    X, y = honest
    household = np.arange(400) // 4
    parted = make_case(X, y, np.arange(400) % 4 == 0, groups=household)
    (finding,) = groups(parted)
    assert (finding.kind, finding.evidence["holdout"]) == ("leak", 1.0)
    assert groups(make_case(X, y, household % 5 == 0, groups=household)) is None


def test_without_a_declared_group_it_is_not_passed(honest, make_case) -> None:
    assert groups(make_case(*honest)) == NotApplicable("no group is declared")
