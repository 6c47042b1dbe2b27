from __future__ import annotations

import numpy as np

from cip_exp.audit.rows.permuted import permuted


def test_a_meaningless_target_is_recognised_where_twins_are_parted_only(honest, make_case) -> None:
    X, y = honest
    person = np.random.default_rng(0).integers(0, 120, 400)
    X, y = X.iloc[person].reset_index(drop=True), y[person]
    (finding,) = permuted(make_case(X, y, np.random.default_rng(1).random(400) < 0.2))
    assert finding.evidence["r2"] > 0.5
    assert permuted(make_case(X, y, person % 5 == 0)) is None


def test_groups_are_recognised_by_their_traits(honest, make_case) -> None:
    X, y = honest
    shop = np.arange(400) // 8
    place = np.random.default_rng(0).normal(size=(50, 2))[shop]
    X = X[["region"]].assign(lat=place[:, 0], lon=place[:, 1])
    (finding,) = permuted(make_case(X, y, np.random.default_rng(1).random(400) < 0.2, groups=shop))
    assert "one for each group" in finding.message
    assert permuted(make_case(X, y, shop % 5 == 0, groups=shop)) is None
