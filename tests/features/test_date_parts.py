"""Dates become days to the latest date of the training rows, month and weekday."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import clone

from cip_exp.features.date_parts import DateParts

TRAIN = pd.DataFrame({
    "signup": pd.to_datetime(["2024-01-31", "2024-06-30", None]),
    "last": pd.to_datetime(["2024-07-01T12:00", "2024-02-29T00:00", "2023-12-31T00:00"]),
})  # fmt: skip


def test_the_as_of_date_is_the_latest_of_the_training_rows() -> None:
    parts = clone(DateParts()).fit(TRAIN)
    assert parts.as_of_ == "2024-07-01"
    later = pd.DataFrame({"signup": pd.to_datetime(["2025-07-01"]), "last": pd.to_datetime(["2024-07-01"])})
    np.testing.assert_array_equal(parts.transform(later), [[-365.0, 7, 1, 0.0, 7, 0]])


def test_each_date_gives_three_named_numbers_and_a_missing_one_none() -> None:
    parts = DateParts().fit(TRAIN)
    assert list(parts.get_feature_names_out()) == [
        "signup_days", "signup_month", "signup_weekday", "last_days", "last_month", "last_weekday",
    ]  # fmt: skip
    found = parts.transform(TRAIN)
    np.testing.assert_array_equal(found[0], [152.0, 1, 2, -0.5, 7, 0])
    assert np.isnan(found[2, :3]).all()


def test_columns_without_any_date_give_no_number() -> None:
    empty = pd.DataFrame({"signup": pd.to_datetime([None, None])})
    assert np.isnan(DateParts().fit(empty).transform(empty)).all()
