from __future__ import annotations

import numpy as np

from cip_exp.audit.columns.identifiers import identifiers


def test_numbers_without_gaps_and_unique_texts_are_reported(clean, make_case) -> None:
    X, y = clean
    rng = np.random.default_rng(0)
    X["row"] = rng.permutation(400) + 1000
    X["mail"] = [f"c{at}@example.org" for at in range(400)]
    X["income"] = rng.choice(10**6, 400, replace=False)
    findings = identifiers(make_case(X, y))
    assert [(f.columns, f.kind) for f in findings] == [(("row",), "suspect"), (("mail",), "suspect")]
