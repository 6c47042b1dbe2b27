from __future__ import annotations

import pytest

from cip_exp.audit.columns.names import names
from cip_exp.records.lineage import Lineage, Origin


@pytest.mark.parametrize(
    ("name", "target", "word"),
    [
        ("spend_to_income_ratio", "amount", "'ratio'"),
        ("customerValueScore", "amount", "'score'"),
        ("income_percentile", "amount", "'percentile'"),
        ("days_to_next_order", "amount", "'next'"),
        ("log_purchase_amount", "purchase_amount", "the target's name, purchase_amount"),
        ("scored_goals", "amount", None),
        ("corporation", "amount", None),
        ("amounting", "amount", None),
    ],
)
def test_parts_of_names(name: str, target: str, word: str | None, clean, make_case) -> None:
    X, y = clean
    findings = names(make_case(X.rename(columns={"x0": name}), y, target=target)) or []
    assert [f.columns for f in findings] == ([(name,)] if word else [])
    assert all(str(word) in f.message and f.kind == "suspect" for f in findings)


def test_a_declared_name_is_only_noted(clean, make_case) -> None:
    X, y = clean
    lineage = Lineage({"loyalty_score": Origin()})
    (finding,) = names(make_case(X.rename(columns={"x0": "loyalty_score"}), y, lineage=lineage))
    assert finding.kind == "note"
