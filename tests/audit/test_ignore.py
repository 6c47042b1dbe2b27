from __future__ import annotations

import pytest

from cip_exp.audit.case import Audit, CheckResult, Finding
from cip_exp.audit.ignore import Ignored, ignored_in, parse_ignored, without_ignored
from cip_exp.errors import ConfigError

FIRST = Finding("flags", "leak", ("a",), "a is set")
SECOND = Finding("flags", "leak", ("b",), "b is set")
AUDIT = Audit((CheckResult("flags", "found", (FIRST, SECOND)), CheckResult("names", "passed")))


@pytest.mark.parametrize(
    ("word", "parsed"),
    [
        ("CIP006", Ignored("CIP006")),
        (" cip006 ", Ignored("CIP006")),
        ("flags", Ignored("CIP006")),
        ("CIP006:a", Ignored("CIP006", "a")),
        ("flags:Last visit: day", Ignored("CIP006", "Last visit: day")),
    ],
)
def test_a_check_is_named_by_code_or_id(word: str, parsed: Ignored) -> None:
    assert parse_ignored([word], "--ignore") == (parsed,)


@pytest.mark.parametrize(
    ("word", "match"),
    [
        ("CIP0006", "'CIP006'"),
        ("CIP5", "'CIP005'"),
        ("CIP-05", "'CIP005'"),
        ("missingnes", "'missingness'"),
        ("falgs:a", "'flags'"),
    ],
)
def test_an_unknown_check_is_refused_with_the_nearest(word: str, match: str) -> None:
    with pytest.raises(ConfigError, match=f"Did you mean {match}"):
        parse_ignored([word], "--ignore")


def test_an_ignored_check_has_no_effect_on_the_verdict() -> None:
    audit = without_ignored(AUDIT, [Ignored("CIP006")])
    assert audit.verdict() == "ok"
    assert audit.leaking_columns == ()
    assert audit.results[0] == CheckResult("flags", "ignored", ignored=(FIRST, SECOND))
    assert audit.reasons == ("ignored: CIP006 flags, 2 findings",)


def test_one_column_can_be_ignored() -> None:
    audit = without_ignored(AUDIT, [Ignored("CIP006", "a")])
    assert audit.leaking_columns == ("b",)
    assert audit.results[0] == CheckResult("flags", "found", (SECOND,), ignored=(FIRST,))
    assert audit.reasons == ("b is set (CIP006)", "ignored: CIP006 flags, 1 finding")


def test_what_was_not_found_stays_passed() -> None:
    assert without_ignored(AUDIT, [Ignored("CIP010")]) == AUDIT


def test_what_a_trial_ignored_is_in_its_parameters() -> None:
    params = {"audit.name": "warn", "audit.ignore.0": "CIP024", "audit.ignore.1": "flags:a"}
    assert ignored_in(params) == (Ignored("CIP024"), Ignored("CIP006", "a"))
    assert ignored_in({"audit.ignore": "[]"}) == ()
