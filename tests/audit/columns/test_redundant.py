from __future__ import annotations

import numpy as np

from cip_exp.audit.columns.redundant import redundant


def test_multiples_and_functions_of_a_column_are_redundant(clean, make_case) -> None:
    X, y = clean
    X["price"] = np.random.default_rng(0).uniform(1, 900, 400).round(2)
    X["cents"] = (X["price"] * 100).round(0)
    X["age"] = np.random.default_rng(1).integers(18, 70, 400).astype(float)
    X["age_band"] = X["age"] // 10
    X["price_again"] = X["price"] * np.random.default_rng(2).normal(1, 0.002, 400)
    findings = redundant(make_case(X, y))
    assert [(f.columns, f.kind) for f in findings] == [
        (("cents",), "redundant"),
        (("age_band",), "redundant"),
    ]
    assert findings[0].message == "cents = 100 × price within rounding"
