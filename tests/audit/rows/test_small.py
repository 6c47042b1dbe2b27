from __future__ import annotations

import numpy as np

from cip_exp.audit.rows.small import small


def test_rows_are_counted_against_columns_and_leaves(clean, make_case) -> None:
    X, y = clean
    assert small(make_case(X, y)) == []
    label = (np.arange(400) < 30).astype(float)
    (finding,) = small(make_case(X, label))
    assert finding.message.startswith("30 training rows of the rarer class for 8 columns")
    (finding,) = small(make_case(X, y, np.arange(400) >= 320, leaves=100))
    assert finding.message.startswith("320 training rows for up to 100 leaves")
    assert finding.kind == "note"
