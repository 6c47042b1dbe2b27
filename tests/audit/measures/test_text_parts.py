from __future__ import annotations

from cip_exp.audit.measures.text_parts import MOST_LEVELS, shared_parts


def test_stems_words_and_endings_that_levels_share_are_parts() -> None:
    found = shared_parts(["CLO-417", "clo-520/R", "ACT-417", "final notice sent", "Final notice"])
    assert found["begins with 'CLO-'"] == [0, 1]
    assert found["contains '417'"] == [0, 2]
    assert found["contains 'final notice'"] == [3, 4]
    assert found["ends with '17'"] == [0, 2]
    assert not any("sent" in part for part in found)


def test_letters_and_digits_are_words_of_their_own() -> None:
    assert shared_parts(["K7X", "M7Y", "N8Z"])["contains '7'"] == [0, 1]


def test_what_all_levels_share_is_no_part() -> None:
    assert shared_parts(["a1", "a2", "a3"]) == {}


def test_two_levels_and_free_text_have_no_parts() -> None:
    assert shared_parts(["ab", "ac"]) == {}
    assert shared_parts([f"text {n}" for n in range(MOST_LEVELS + 1)]) == {}
