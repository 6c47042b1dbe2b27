"""Lineage finds which feature leaks its target, and names the path."""

from __future__ import annotations

import pytest

from cip_exp.records.lineage import Lineage, Origin

LINEAGE = Lineage(
    {
        "amount": Origin(),
        "income": Origin(),
        "ratio": Origin(("amount", "income")),
        "rank": Origin(("ratio",), fitted=True),
        "clv": Origin(("amount",)),
        "refunds": Origin(known="after"),
        "refund_share": Origin(("refunds", "income")),
        "late_amount": Origin(("amount",), known="after"),
        "score": Origin(("rank", "amount")),
    }
)


@pytest.mark.parametrize(
    ("feature", "path"),
    [
        ("ratio", "ratio ← amount → clv"),
        ("amount", "amount → clv"),
        ("rank", "rank ← ratio ← amount → clv"),
        ("score", "score ← amount → clv"),
        ("clv", "clv"),
        ("refunds", "refunds (known after the prediction)"),
        ("refund_share", "refund_share ← refunds (known after the prediction)"),
        ("late_amount", "late_amount ← amount → clv"),
    ],
)
def test_a_leak_is_named_by_its_shortest_path(feature: str, path: str) -> None:
    leak = LINEAGE.leak(feature, "clv")
    assert leak is not None
    assert (leak.feature, leak.target, leak.path) == (feature, "clv", path)


@pytest.mark.parametrize("feature", ["income", "never_declared"])
def test_a_feature_without_a_shared_ancestor_does_not_leak(feature: str) -> None:
    assert LINEAGE.leak(feature, "clv") is None


def test_parents_of_a_label_leak_into_it() -> None:
    lineage = Lineage({"label": Origin(("risk",), fitted=True), "risk": Origin(("visits", "loyalty"))})
    leak = lineage.leak("visits", "label")
    assert leak is not None
    assert leak.path == "visits → risk → label"


def test_an_undeclared_target_has_no_ancestor_but_itself() -> None:
    assert Lineage().leak("a", "b") is None
    assert Lineage({"a": Origin(("b",))}).leak("a", "b") is not None


def test_chains_are_shortest_paths_and_end_in_a_circle() -> None:
    lineage = Lineage({"a": Origin(("b", "c")), "b": Origin(("c",)), "c": Origin(("a",))})
    assert lineage.chains("a") == {"a": ("a",), "b": ("a", "b"), "c": ("a", "c")}
    assert not lineage.raw("a")
    assert lineage.raw("never_declared")


def test_it_is_a_mapping_of_origins() -> None:
    assert set(LINEAGE) >= {"amount", "clv"}
    assert len(LINEAGE) == 9
    assert LINEAGE["rank"].fitted
