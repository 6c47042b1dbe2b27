from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.rows.adversarial import adversarial


@pytest.mark.parametrize("seed", range(5))
def test_a_random_split_passes(seed: int, clean, make_case) -> None:
    X, y = clean
    assert adversarial(make_case(X, y, np.random.default_rng(seed).random(400) < 0.2)) is None


@pytest.mark.parametrize(("scheme", "kind"), [("holdout", "suspect"), ("temporal", "note")])
def test_a_split_by_a_feature_is_reported(scheme: str, kind: str, clean, make_case) -> None:
    X, y = clean
    test = X["x3"].to_numpy() > 1.0
    (finding,) = adversarial(make_case(X, y, test, scheme=scheme))
    assert finding.kind == kind
