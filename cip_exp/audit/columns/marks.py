"""Values of a column that nearly only one class has, or one end of an amount's range.

Zero against other values, a sentinel, a level, a part of a text, or several levels that mean the same. What
is known only after the event is written down only for rows that had it.
"""

from __future__ import annotations

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.columns.flags import indicator_finding, is_flag


def marks(case: Case) -> list[Finding] | NotApplicable:
    """Report columns with values that nearly only rows with the event have as a `leak`.

    Measured by the likelihood ratio, 13 or more for a label and 12 or more for an amount, and by its lower
    bound; both must be higher where few of the rows with the event have the value, down to a rate of 0.1 or
    0.08. Chance must be excluded for as many values, levels and parts of texts as were tried. The other
    columns must leave 0.4 to 0.5 of the event on these rows unexplained, 0.3 or nothing where the ratio is
    very high; and among the rows with the event, they must not explain a fifth or more of which have the
    value. A column that is declared clean is `suspect`. Columns with two values are left to `flags`,
    missing values to `missingness`. Not applicable without a target, or where no event has enough rows.
    """
    view = case.view
    if view.y is None:
        return NotApplicable("there is no target")
    if not len(case.search.events.rows):
        return NotApplicable("no event has enough rows")
    return [
        indicator_finding(case, "marks", view.names[at], mark.word, mark.rates)
        for at, mark in case.search.marks.items()
        if not mark.by_missing and not is_flag(view.values[:, at])
    ]
