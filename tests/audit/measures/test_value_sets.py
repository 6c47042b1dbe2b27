from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.measures.value_sets import sets_of_levels, sets_of_numbers

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("word", "rows"),
    [
        ("is 0", slice(0, 40)),
        ("is -1", slice(40, 60)),
        ("is below 0", slice(40, 60)),
        ("is 999", slice(60, 80)),
    ],
)
def test_zero_sentinels_and_negative_numbers_are_sets(word: str, rows: slice) -> None:
    values = np.concatenate([np.zeros(40), -np.ones(20), np.full(20, 999.0), RNG.random(300).round(6)])
    sets = sets_of_numbers(values)
    expected = np.zeros(len(values), dtype=bool)
    expected[rows] = True
    assert (sets.rows(sets.words.index(word)) == expected).all()
    assert not sets.ordinary[sets.words.index(word)]
    assert not sets.codelike


def test_a_column_of_many_numbers_has_few_values_to_count() -> None:
    assert sets_of_numbers(RNG.normal(size=5_000)).size <= 4


def test_a_common_number_is_ordinary_and_a_value_far_away_is_not() -> None:
    sets = sets_of_numbers(np.concatenate([np.full(15, 5.5), np.full(30, 77.5), RNG.uniform(1, 9, 200)]))
    assert sets.ordinary[sets.words.index("is 5.5")]
    assert not sets.ordinary[sets.words.index("is 77.5")]


def test_a_value_that_was_filled_in_is_not_ordinary() -> None:
    sets = sets_of_numbers(np.concatenate([np.full(30, 5.5), RNG.uniform(1, 9, 200)]))
    assert not sets.ordinary[sets.words.index("is 5.5")]


def test_few_whole_numbers_may_be_codes_and_missing_is_no_value() -> None:
    sets = sets_of_numbers(np.array([3.0, 4.0, np.nan, 7.0] * 5))
    assert sets.codelike
    assert sets.size == 3
    assert sets.missing.tolist() == [False, False, True, False] * 5


def test_every_level_and_every_part_is_a_set() -> None:
    sets = sets_of_levels(np.array([0.0, 1.0, 2.0, np.nan]), ["CLO-1", "CLO-2", "ACT-1"])
    assert sets.rows(sets.words.index("is 'CLO-2'")).tolist() == [False, True, False, False]
    stem = sets.words.index("begins with 'CLO'")
    assert sets.rows(stem).tolist() == [True, True, False, False]
    assert sets.parts[stem]


@pytest.mark.parametrize("values", [np.full(9, np.nan), np.full(9, 2.0), np.empty(0)])
def test_columns_without_two_values_have_no_set_that_splits_them(values: np.ndarray) -> None:
    sets = sets_of_numbers(values)
    assert all(sets.rows(at).all() for at in range(len(sets.words)))
