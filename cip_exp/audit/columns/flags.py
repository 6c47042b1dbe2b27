"""Flags that are set because of the event: two-valued columns that nearly only those with it carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.measures import skill
from cip_exp.audit.measures.event_marks import Mark, best_mark

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMPANY, SHARE = 0.5, 0.6
"""Under an amount, a flag of which the other columns explain so much is an honest trait of the row, unless
the amount explains this share of what they leave open."""


def flags(case: Case) -> list[Finding] | NotApplicable:
    """Accuse flags that mark the event."""
    view = case.view
    if view.y is None:
        return NotApplicable("there is no target")
    found = []
    for at, name in enumerate(view.names):
        column = view.values[:, at]
        if np.isnan(column).any() or np.unique(column[:50]).size > 2 or np.unique(column).size != 2:
            continue
        marked = column == column.max()
        mark = best_mark(marked, view.y, case.target)
        if mark is not None and mark.tells and (_is_label(view.y) or alone(case, marked, at)):
            found.append(mark_finding(case, "flags", name, "set", mark))
    return found


def alone(case: Case, marked: NDArray[np.bool_], at: int) -> bool:
    """Tell whether the target explains who is marked, and the columns other than the one at `at` do not."""
    view = case.view
    judge = skill.build_judge(marked.astype(float), case.copies[view.rows], case.seed)
    rest = [one for one, kind in enumerate(view.kinds) if one != at and kind != "constant"]
    categories = np.array([view.kinds[one] == "category" for one in rest], dtype=bool)
    others = skill.joint(judge, view.values[:, rest], categories, case.seed)
    own = float(skill.single(judge, np.asarray(view.y)[:, None])[0])
    return others < COMPANY or own - others >= SHARE * (1.0 - others)


def _is_label(y: NDArray[np.float64]) -> bool:
    return np.unique(y).size <= 2


def mark_finding(case: Case, check: str, name: str, word: str, mark: Mark) -> Finding:
    """Say in words whom a mark of column `name` marks."""
    text = (
        f"{name} is {word} on {mark.with_event:.0%} of the rows with {mark.event} "
        f"and on {mark.without:.1%} of the others"
    )
    evidence = {"ratio": mark.ratio, "with_event": mark.with_event, "without": mark.without}
    return Finding(check, "suspect" if case.cleared(name) else "leak", (name,), text, evidence)
