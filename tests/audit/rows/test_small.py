from __future__ import annotations

import numpy as np

from cip_exp.audit.rows.small import small


def test_fewer_than_ten_training_rows_a_column_are_noted(clean, make_case) -> None:
    X, y = clean
    assert small(make_case(X, y)) is None
    assert small(make_case(X, y, np.arange(400) >= 80)) is None
    label = (np.arange(400) < 30).astype(float)
    (finding,) = small(make_case(X, label))
    assert finding.message.startswith("30 training rows of the rarer class for 8 columns")
    (finding,) = small(make_case(X, y, np.arange(400) >= 79))
    assert finding.message.startswith("79 training rows for 8 columns")
    assert finding.kind == "note"
