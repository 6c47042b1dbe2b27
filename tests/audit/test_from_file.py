from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cip_exp.audit.from_file import read_case
from cip_exp.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """customer_id,seen,shop,age,last_call,gone
c1,2024-01-01,A,30,2024-02-01,Yes
c2,2024-01-02,A,41,,No
c3,2024-01-03,B,,2024-01-01,No
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


def test_roles_are_no_features_and_the_task_follows_from_the_values(table: Path) -> None:
    case, _ = read_case(table, "gone", time="seen", group="shop")
    assert (case.task, case.target) == ("churn", "gone")
    assert list(case.X.columns) == ["age", "last_call"]
    np.testing.assert_array_equal(case.y, [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(case.groups, [0, 0, 1])
    np.testing.assert_array_equal(np.diff(case.time), [1.0, 1.0])
    assert case.X["last_call"].dtype.kind == "M"
    assert case.labels == ("No", "Yes")


def test_a_numeric_target_is_an_amount_and_dropped_columns_are_no_features(table: Path) -> None:
    table.write_text(TABLE.replace("age", "spend").replace(",,2024-01-01", ",7.5,2024-01-01"))
    case, _ = read_case(table, "spend", drop=("seen", "last_call"))
    assert case.task == "clv"
    assert list(case.X.columns) == ["shop", "gone"]
    np.testing.assert_array_equal(case.y, [30.0, 41.0, 7.5])


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"target": "gon"}, "Did you mean 'gone'"),
        ({"target": "gone", "positive": "maybe"}, "no value 'maybe'"),
        ({"target": "gone", "id": "shop"}, "occurs more than once"),
        ({"target": "gone", "drop": ("aeg",)}, "no column 'aeg'"),
    ],
)
def test_wrong_roles_are_refused_with_a_message(roles: dict[str, Any], message: str, table: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_case(table, **roles)
