from __future__ import annotations

import numpy as np
import pandas as pd

from cip_exp.audit.columns.reconstruction import reconstruction
from cip_exp.audit.measures.customers import find_customers
from tests.audit.rows.test_repeated import panel


def test_an_identifier_and_what_it_gives() -> None:
    X, _ = panel()
    found = find_customers(X)
    assert found is not None
    assert (found.columns, found.static, found.sets) == (("member",), ("age", "income"), 80)
    assert found.identifier


def test_columns_that_are_equal_together_are_no_identifier() -> None:
    X, _ = panel()
    found = find_customers(X.drop(columns="member"))
    assert found is not None
    assert (found.columns, found.identifier) == (("age", "income"), False)


def test_independent_columns_name_no_customers() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.integers(0, 60, (600, 8)).astype(float)).rename(columns=str)
    assert find_customers(X) is None


def test_an_identifier_of_customers_is_not_accused_as_a_leak(make_case) -> None:
    X, _ = panel()
    label = np.repeat(np.random.default_rng(1).integers(0, 2, 80), 6).astype(float)
    assert reconstruction(make_case(X, label)) == []
