from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.columns.correlation import correlation
from cip_exp.records.lineage import Lineage, Origin


@pytest.mark.parametrize(("noise", "n_found"), [(0.9, 1), (1.1, 0)])
def test_the_limit_is_07(noise: float, n_found: int, clean, make_case) -> None:
    X, y = clean
    z, e = (y - y.mean()) / y.std(), np.random.default_rng(0).normal(size=len(y))
    e -= z * (z @ e) / len(z)
    # r = 1 / sqrt(1 + noise²) is .743 and .673.
    case = make_case(X.assign(near=z + noise * e / e.std()), y)
    assert [f.kind for f in correlation(case) if f.columns == ("near",)] == ["suspect"] * n_found


def test_a_monotone_curve_counts_by_its_ranks_and_a_declared_column_is_noted(clean, make_case) -> None:
    X, y = clean
    X = X.assign(curve=np.exp(y / 3))
    (finding,) = correlation(make_case(X, y, lineage=Lineage({"curve": Origin()})))
    assert (finding.kind, finding.columns) == ("note", ("curve",))
    assert finding.evidence["r"] == pytest.approx(1.0)
