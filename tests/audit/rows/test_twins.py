from __future__ import annotations

import numpy as np

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.rows.twins import twins


def test_twins_on_both_sides_are_suspect_and_on_one_side_are_not(clean, make_case) -> None:
    X, y = clean
    rows = np.concatenate([np.arange(350), np.arange(50)])
    X, y = X.iloc[rows].reset_index(drop=True), y[rows]
    late = np.arange(400) >= 320
    (finding,) = twins(make_case(X, y, late))
    assert finding.kind == "suspect"
    assert finding.evidence["holdout"] == 50 / 80
    both = np.arange(400) < 50
    both[350:] = True
    assert twins(make_case(X, y, both)) is None


def test_without_a_split_it_is_not_applicable(clean, make_case) -> None:
    assert twins(make_case(*clean)) == NotApplicable("there is no split")
