from __future__ import annotations

import numpy as np
import pytest

from cip_exp.audit.columns.names import names
from cip_exp.records.lineage import Lineage, Origin


@pytest.mark.parametrize(
    ("name", "target", "word"),
    [
        ("spend_to_income_ratio", "amount", "'ratio'"),
        ("customerValueScore", "amount", "'score'"),
        ("income_percentile", "amount", "'percentile'"),
        ("log_purchase_amount", "purchase_amount", "the target's name, purchase_amount"),
        ("scored_goals", "amount", None),
        ("corporation", "amount", None),
        ("amounting", "amount", None),
    ],
)
def test_parts_of_names_weigh_with_a_statistic(
    name: str, target: str, word: str | None, clean, make_case
) -> None:
    X, y = clean
    findings = names(make_case(X.rename(columns={"x0": name}), y, target=target)) or []
    assert [f.columns for f in findings] == ([(name,)] if word else [])
    assert all(str(word) in f.message and f.kind == "suspect" for f in findings)


@pytest.mark.parametrize("name", ["CreditScore", "avg_order_value", "spend_ratio", "income_rank"])
def test_a_derived_name_alone_is_nothing(name: str, clean, make_case) -> None:
    X, y = clean
    X[name] = np.random.default_rng(1).normal(size=len(y))
    assert not names(make_case(X, y))
    assert not names(make_case(X, (y > np.median(y)).astype(float)))


def test_the_targets_name_alone_is_a_note(clean, make_case) -> None:
    X, y = clean
    X["amount_segment_region"] = np.random.default_rng(1).integers(0, 4, len(y))
    (finding,) = names(make_case(X, y))
    assert finding.kind == "note"


def test_a_declared_name_is_only_noted(clean, make_case) -> None:
    X, y = clean
    lineage = Lineage({"loyalty_score": Origin()})
    (finding,) = names(make_case(X.rename(columns={"x0": "loyalty_score"}), y, lineage=lineage))
    assert finding.kind == "note"
