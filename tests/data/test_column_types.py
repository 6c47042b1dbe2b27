"""Columns of text become numbers and dates, or one message names the value that cannot."""

from __future__ import annotations

import pandas as pd
import pytest

from cip_exp.data.column_types import to_dates, to_days, to_numbers
from cip_exp.errors import DataError


def test_text_among_numbers_is_named_by_column_row_and_value() -> None:
    column = pd.Series(["1", " ", "12a", "4"], name="age")
    with pytest.raises(DataError, match=r"'12a' in column 'age', row 3"):
        to_numbers(column, "t.csv")
    assert to_numbers(column.replace("12a", "12"), "t.csv").tolist()[2:] == [12.0, 4.0]


def test_days_are_counted_from_1970_and_numbers_stay() -> None:
    dates = to_dates(pd.Series(["02.01.1970", "31.12.1969"], name="since"), "t.csv")
    assert to_days(dates).tolist() == [1.0, -1.0]
    assert to_days(pd.Series([1997, 1998])).tolist() == [1997.0, 1998.0]
