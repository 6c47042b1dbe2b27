from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.check import Audit, Finding, NotApplicable, Outcome, audit
from cip_exp.data.lineage import Lineage, Origin


def found(*kinds: str) -> Audit:
    findings = tuple(Finding("some", kind, (f"c{at}",), f"{kind} {at}") for at, kind in enumerate(kinds))  # type: ignore[arg-type]
    return Audit((Outcome("some", "found", findings), Outcome("other", "passed")))


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ((), "ok"),
        (("note", "redundant"), "ok"),
        (("suspect", "note"), "suspect"),
        (("suspect", "degenerate"), "degenerate"),
        (("degenerate", "duplicate", "suspect", "leak"), "leaky,duplicated,degenerate"),
    ],
)
def test_words_are_those_of_the_contract(kinds: tuple[str, ...], words: str) -> None:
    assert found(*kinds).words() == words


def test_only_leaks_accuse_and_the_gravest_reason_comes_first() -> None:
    audit_of = found("suspect", "leak", "note")
    assert audit_of.accused == ("c1",)
    assert audit_of.reasons == ("leak 1", "suspect 0")


def test_not_applicable_is_not_passed(honest, make_case) -> None:
    def looks(_case):
        return []

    def cannot(_case):
        return NotApplicable("no split")

    X, y = honest
    outcomes = audit(make_case(X, y), (looks, cannot)).outcomes
    assert [(o.check, o.status, o.reason) for o in outcomes] == [
        ("looks", "passed", ""),
        ("cannot", "not applicable", "no split"),
    ]


def test_an_honest_table_is_ok(honest, make_case) -> None:
    X, y = honest
    test = np.random.default_rng(1).random(len(y)) < 0.2
    assert audit(make_case(X, y, test)).words() == "ok"


def test_lineage_clears_what_it_declares(honest, make_case) -> None:
    X, y = honest
    lineage = Lineage({"x0": Origin(), "x1": Origin(("amount",))})
    case = make_case(X, y, lineage=lineage)
    assert case.cleared("x0")
    assert not case.cleared("x1")
    assert not case.cleared("x2")


def test_copies_are_rows_equal_in_features_and_target(honest, make_case) -> None:
    X, y = honest
    X.iloc[7], X.iloc[9] = X.iloc[3], X.iloc[3]
    y[7] = y[3]
    copies = make_case(X, y).copies
    assert copies[7] == copies[3]
    assert copies[9] != copies[3]
