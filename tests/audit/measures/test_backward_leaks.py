from __future__ import annotations

import numpy as np

from cip_exp.audit.columns.reconstruction import AMOUNT
from cip_exp.audit.measures.backward_leaks import backward_leaks


def test_a_column_that_the_amount_alone_explains_is_found(clean, make_case) -> None:
    X, y = clean
    X["distance"] = np.abs(y - np.median(y))
    case = make_case(X, y)
    found = backward_leaks(case, case.varying_columns, AMOUNT)
    assert [case.view.names[case.varying_columns.at[one]] for one in found] == ["distance"]
    assert all(score.share > 0.7 for score in found.values())


def test_no_column_of_a_clean_table_is_found(clean, make_case) -> None:
    case = make_case(*clean)
    assert backward_leaks(case, case.varying_columns, AMOUNT) == {}
