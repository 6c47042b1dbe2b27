"""The digest depends on the content of a table, and on nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cip_exp.data.digest import sha256_of

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=4)), min_size=1, max_size=6)


def test_a_known_table_has_its_known_digest() -> None:
    frame = pd.DataFrame({"n": [1, 2], "x": [0.5, float("nan")], "s": ["a", None], "b": [True, False]})
    assert sha256_of(frame) == "7145949c14be8e4e1cf0f3d0a929101db88cb4bce2ee0f54acf3f1720c89bf35"


@pytest.mark.parametrize("dtype", ["object", "str", "string", "category"])
def test_the_storage_of_text_does_not_change_the_digest(dtype: str) -> None:
    values = pd.Series(["North", None, "", "Süd"], dtype=object)
    assert sha256_of(pd.DataFrame({"r": values.astype(dtype)})) == sha256_of(pd.DataFrame({"r": values}))


def test_index_width_and_missing_value_marker_do_not_change_the_digest() -> None:
    plain = pd.DataFrame({"n": [1, 2, 3], "x": [1.5, np.nan, 2.0]})
    other = pd.DataFrame({"n": plain["n"].astype("int32"), "x": plain["x"].astype("Float64")}).set_axis(
        [7, 8, 9]
    )
    assert sha256_of(other) == sha256_of(plain)


def test_equal_dates_of_any_unit_have_one_digest() -> None:
    dates = pd.Series(["1997-01-01", None, "1998-06-30"], dtype="datetime64[ns]")
    assert sha256_of(pd.DataFrame({"d": dates.astype("datetime64[s]")})) == sha256_of(
        pd.DataFrame({"d": dates})
    )


@pytest.mark.parametrize(
    "other",
    [
        pd.DataFrame({"m": [1, 2, 3], "s": ["a", "b", "c"]}),
        pd.DataFrame({"n": [1, 2, 4], "s": ["a", "b", "c"]}),
        pd.DataFrame({"n": [1.0, 2.0, 3.0], "s": ["a", "b", "c"]}),
        pd.DataFrame({"n": [1, 2, 3], "s": ["ab", "", "c"]}),
        pd.DataFrame({"n": [1, 2, 3], "s": ["a", "b", None]}),
        pd.DataFrame({"n": [2, 1, 3], "s": ["b", "a", "c"]}),
        pd.DataFrame({"s": ["a", "b", "c"], "n": [1, 2, 3]}),
        pd.DataFrame({"n": ["1", "2", "3"], "s": ["a", "b", "c"]}),
        pd.DataFrame({"n": pd.Series([1, 2, 3], dtype=object), "s": ["a", "b", "c"]}),
    ],
    ids=["name", "value", "kind", "borders", "missing", "rows", "columns", "text", "objects"],
)
def test_any_difference_of_content_changes_the_digest(other: pd.DataFrame) -> None:
    assert sha256_of(other) != sha256_of(pd.DataFrame({"n": [1, 2, 3], "s": ["a", "b", "c"]}))


@given(TEXTS, TEXTS)
def test_only_equal_text_columns_have_one_digest(one: list[str | None], two: list[str | None]) -> None:
    digests = [sha256_of(pd.DataFrame({"s": pd.Series(values, dtype=object)})) for values in (one, two)]
    assert (digests[0] == digests[1]) == (one == two)
