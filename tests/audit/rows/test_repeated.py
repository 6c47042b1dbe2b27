from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.rows.repeated import repeated


def panel(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return 80 customers with 6 rows each, and a label that nothing explains."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(80), 6)
    X = pd.DataFrame({
        "member": rng.permutation(9000)[:80][person].astype(float),
        "age": rng.integers(20, 70, 80)[person].astype(float),
        "income": rng.normal(50, 15, 80).round(1)[person],
        "month": np.tile(np.arange(1.0, 7.0), 80),
        "usage": rng.gamma(2, 4, 480).round(2),
    })  # fmt: skip
    return X, rng.integers(0, 2, 480).astype(float)


def test_an_identifier_without_a_declaration_is_proposed(make_case) -> None:
    X, y = panel()
    (finding,) = repeated(make_case(X, y))
    assert (finding.kind, finding.columns) == ("suspect", ("member",))
    assert "80 sets of 6.0 rows on average have the same member, and agree in age, income" in finding.message
    assert "data.group=member keeps its rows together" in finding.message


@pytest.mark.parametrize("seed", range(3))
def test_customers_are_found_by_their_static_columns(seed: int, make_case) -> None:
    X, y = panel(seed)
    (finding,) = repeated(make_case(X.drop(columns="member"), y))
    assert finding.columns == ("age", "income")
    assert "'data.group=[age,income]'" in finding.message


def test_a_function_of_the_column_is_not_a_customer(make_case) -> None:
    rng = np.random.default_rng(0)
    age = rng.integers(20, 80, 600).astype(float)
    X = pd.DataFrame({"age": age, "square": age**2, "band": np.floor(age / 5), "x": rng.normal(size=600)})
    assert repeated(make_case(X, rng.normal(size=600))) is None


def test_many_rows_a_level_are_a_shop_and_a_declared_group_needs_no_proposal(make_case) -> None:
    rng = np.random.default_rng(0)
    shop = rng.integers(0, 25, 1500)
    X = pd.DataFrame({"shop": shop * 1.0, "size": rng.normal(size=25)[shop], "x": rng.normal(size=1500)})
    y = rng.normal(size=1500)
    assert repeated(make_case(X, y)) is None
    assert isinstance(repeated(make_case(X, y, groups=shop)), NotApplicable)
