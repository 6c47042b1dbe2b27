from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.rows.adversarial import adversarial


@pytest.mark.parametrize("seed", range(5))
def test_random_sides_look_alike(seed: int, honest, make_case) -> None:
    X, y = honest
    assert adversarial(make_case(X, y, np.random.default_rng(seed).random(400) < 0.2)) is None


@pytest.mark.parametrize(("scheme", "kind"), [("holdout", "suspect"), ("temporal", "note")])
def test_sides_cut_along_a_feature_do_not(scheme: str, kind: str, honest, make_case) -> None:
    X, y = honest
    test = X["x3"].to_numpy() > 1.0
    (finding,) = adversarial(make_case(X, y, test, scheme=scheme))
    assert finding.kind == kind
