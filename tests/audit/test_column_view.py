from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.audit.column_view import ROWS, build_view, half_widths, half_widths_by_digits, stored_decimals


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([45000.0, 30000.0], 0),
        ([4.5, 7.0], 1),
        ([0.0044, 0.0064], 4),
        ([1 / 3, 2 / 7], None),
        ([1e300, 2.0], None),
    ],
)
def test_stored_decimals(values: list[float], decimals: int | None) -> None:
    assert stored_decimals(np.array(values)) == decimals


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20), st.integers(0, 6))
def test_the_exact_number_is_inside_the_rounding_interval(numbers: list[int], decimals: int) -> None:
    exact = np.array(numbers) / 7.0
    stored = exact.round(decimals)
    half = half_widths(stored, stored_decimals(stored))
    # A stored zero at the end hides a decimal: then the interval is wider.
    assert (np.abs(stored - exact) <= half * (1 + 1e-9) + 1e-9).all()


def test_significant_digits_widen_with_the_size_of_the_number() -> None:
    np.testing.assert_allclose(
        half_widths_by_digits(np.array([1230.0, 45.6, 0.00789])), [5.0, 0.05, 0.000005]
    )


def test_view_has_kinds_and_nan_for_missing() -> None:
    frame = pd.DataFrame(
        {
            "number": [1.5, np.inf, 3.0],
            "flag": [0, 1, 1],
            "truth": [True, False, True],
            "text": pd.Categorical(["a", None, "b"]),
            "day": pd.to_datetime(["2024-01-01", "2024-01-03", None]),
            "same": [7, 7, 7],
        }
    )
    view = build_view(frame, np.array([1.0, 2.0, 3.0]))
    numbers = dict(zip(view.names, view.values.T, strict=True))  # noqa: PD011
    assert view.kinds == ("number", "flag", "flag", "category", "date", "constant")
    assert view.levels == ((), (), (), ("a", "b"), (), ())
    np.testing.assert_array_equal(numbers["number"], [1.5, np.nan, 3.0])
    np.testing.assert_array_equal(numbers["text"], [0.0, np.nan, 1.0])
    np.testing.assert_array_equal(numbers["day"], [0.0, 2.0, np.nan])


def test_large_tables_are_sampled() -> None:
    frame = pd.DataFrame({"x": np.arange(ROWS + 500.0)})
    view = build_view(frame, frame["x"].to_numpy(), seed=3)
    assert len(np.unique(view.rows)) == ROWS
    np.testing.assert_array_equal(view.values[:, 0], view.y)  # noqa: PD011
