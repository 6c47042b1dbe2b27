from __future__ import annotations

from cip_exp.audit.case import NotApplicable
from cip_exp.audit.declared.lineage import lineage
from cip_exp.records.lineage import Lineage, Origin


def test_leaks_are_reported_with_their_path_and_other_columns_are_not(clean, make_case) -> None:
    X, y = clean
    declared = Lineage(
        {
            "amount": Origin(("spend",)),
            "x0": Origin(("spend", "income")),
            "x1": Origin(known="after"),
            "x2": Origin(("income",)),
        }
    )
    findings = lineage(make_case(X, y, lineage=declared))
    assert [(f.columns, f.message) for f in findings] == [
        (("x0",), "x0 ← spend → amount"),
        (("x1",), "x1 (known after the prediction)"),
    ]


def test_without_lineage_it_is_not_applicable(clean, make_case) -> None:
    assert lineage(make_case(*clean)) == NotApplicable("no lineage is declared")
