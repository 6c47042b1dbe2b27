"""Rows of one customer without a declared group: a column whose levels repeat and give other columns."""

from __future__ import annotations

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.errors import argument


def repeated(case: Case) -> list[Finding] | NotApplicable | None:
    """Report a column, or several, that may name the customers of several rows each as `suspect`.

    Its levels are 20 or more, of 2 to 20 rows on average, and give at least one other column. Not applicable
    where a group is declared.
    """
    if case.groups is not None:
        return NotApplicable("a group is declared")
    found = case.customers
    if found is None:
        return None
    size = found.rows / found.sets
    agree = f", and agree in {', '.join(found.static)}" if found.static else ""
    option = argument("data.group", found.columns[0] if len(found.columns) == 1 else found.columns)
    text = (
        f"{found.sets} sets of {size:.1f} rows on average have the same {', '.join(found.columns)}{agree}: "
        f"where a set is one customer, a model recognises it; {option} keeps its rows together"
    )
    evidence = {"sets": float(found.sets), "rows": size}
    return [Finding("repeated", "suspect", found.columns, text, evidence)]
