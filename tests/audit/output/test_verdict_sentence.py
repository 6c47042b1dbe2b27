from __future__ import annotations

import pytest

from cip_exp.audit.case import Audit, CheckResult, Finding
from cip_exp.audit.output.verdict_sentence import joined, verdict_sentence


def audit_of(*findings: tuple[str, tuple[str, ...]], target: str = "churned") -> Audit:
    found = tuple(Finding("names", kind, columns, "text") for kind, columns in findings)  # type: ignore[arg-type]
    return Audit((CheckResult("names", "found", found),), target)


@pytest.mark.parametrize(
    ("findings", "sentence"),
    [
        ((), "No leak found."),
        ((("note", ("a",)), ("redundant", ("b",))), "No leak found."),
        ((("suspect", ("a",)), ("suspect", ("a",))), "No leak found; 1 column to look at."),
        (
            (("suspect", ("a",)), ("suspect", ("b",)), ("suspect", ())),
            "No leak found; 2 columns and 1 finding on rows or the split to look at.",
        ),
        ((("leak", ("a",)), ("suspect", ("b",))), "Leaky: a gives churned away."),
        ((("leak", ("a",)), ("leak", ("b", "c"))), "Leaky: a, b and c give churned away."),
        ((("leak", ()),), "Leaky: the split lets training rows show held-out ones."),
        (
            (("duplicate", ()), ("degenerate", ())),
            "Duplicated: rows occur more than once. Degenerate: any column predicts any other.",
        ),
        (
            (("leak", ("a",)), ("duplicate", ())),
            "Leaky: a gives churned away. Duplicated: rows occur more than once.",
        ),
    ],
)
def test_the_sentence_names_what_is_wrong(findings, sentence: str) -> None:
    assert verdict_sentence(audit_of(*findings)) == sentence


def test_many_names_are_cut() -> None:
    assert joined(list("abcdefgh")) == "a, b, c, d, e, f and 2 more"
    assert joined(["a"]) == "a"
