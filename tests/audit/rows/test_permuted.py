from __future__ import annotations

import numpy as np

from cip_exp.audit.rows.permuted import permuted


def test_a_random_target_is_predicted_only_with_twins_on_both_sides(clean, make_case) -> None:
    X, y = clean
    person = np.random.default_rng(0).integers(0, 120, 400)
    X, y = X.iloc[person].reset_index(drop=True), y[person]
    (finding,) = permuted(make_case(X, y, np.random.default_rng(1).random(400) < 0.2))
    assert finding.evidence["r2"] > 0.5
    assert permuted(make_case(X, y, person % 5 == 0)) is None


def test_a_random_target_is_predicted_only_with_groups_on_both_sides(clean, make_case) -> None:
    X, y = clean
    shop = np.arange(400) // 8
    place = np.random.default_rng(0).normal(size=(50, 2))[shop]
    X = X[["region"]].assign(lat=place[:, 0], lon=place[:, 1])
    (finding,) = permuted(make_case(X, y, np.random.default_rng(1).random(400) < 0.2, groups=shop))
    assert "one for each group" in finding.message
    assert permuted(make_case(X, y, shop % 5 == 0, groups=shop)) is None
