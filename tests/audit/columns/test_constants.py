from __future__ import annotations

import numpy as np

from cip_exp.audit.columns.constants import constants


def test_columns_that_do_not_vary_are_noted(clean, make_case) -> None:
    X, y = clean
    findings = constants(make_case(X.assign(country="DE", empty=np.nan), y))
    assert [(f.columns, f.kind) for f in findings] == [(("country",), "note"), (("empty",), "note")]
    assert constants(make_case(X, y)) == []
