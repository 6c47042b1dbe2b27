"""Columns that explain of the target what all other columns together cannot.

A strong predictor alone is not a leak: real columns are related, so the other columns explain much of the
same, and an honest column may be the only strong one of its table. A column made from the target has
information that no other column has. Forward test: out of sample, the column, alone or with the others,
explains most of the variance that all other columns together leave unexplained. Backward test: the target
explains the column, and the other columns do not. It also finds transformations of the target that cannot be
inverted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Case, Finding, Kind, NotApplicable
from cip_exp.audit.columns.outcome_window import STRONG
from cip_exp.audit.measures.backward_leaks import MIN_ROWS, backward_leaks
from cip_exp.audit.measures.forward_leaks import forward_leaks, without
from cip_exp.audit.measures.unexplained_share import WEAK, Condition, Score, Thresholds

if TYPE_CHECKING:
    from cip_exp.audit.measures.varying_columns import VaryingColumns

RED_FLAG = 0.95
"""The source system's limit for a suspicious score, here for the share of variance."""
RELATED, ERRORS = 0.08, 3.0
"""Of a column that was made from an amount the others say nothing where the target is known. From this share
on, and so many standard errors, it is `suspect`: a price's size, last year's value of this year's."""
SMOOTH = 0.1
"""The target's effect on the column must be smooth: it explains nearly as much of it as the column of it."""
DECIDES, DECIDES_SHARE = 0.35, 0.3
"""The variance that a column explains alone, and its share of what the others leave unexplained, from which
on it is named as the column that decides: an honest one (LoyalCH of ISLR's OJ: 0.41 and 0.31), or a leak."""


AMOUNT = Thresholds(
    explained=0.35,
    share_alone=0.45,
    share_with_others=0.8,
    explained_with_others=0.4,
    share_few_columns=0.7,
    share_backward=0.55,
    explained_among_weak=0.7,
)
LABEL = Thresholds(
    explained=0.6,
    share_alone=0.3,
    share_with_others=0.4,
    explained_with_others=0.6,
    share_few_columns=0.5,
    share_backward=1.0,
    explained_few_columns=0.65,
    among_strong=Condition(0.45, 0.38, by_others=WEAK),
    sharp=Condition(0.45, 0.33, sharp=True),
    group_explained=0.58,
    group_share=0.55,
    group_left=3,
)
"""Of the labels of the benchmark's tuning half, no clean column explains more than 0.57 alone, but for
related columns (negative shares) and what identifies a species (0.81, share 0.42, few columns). Of the clean
ones that decide alone (0.41 to 0.57), a cut explains at most 0.85 of what the whole column does."""


def reconstruction(case: Case) -> list[Finding] | NotApplicable:
    """Report columns that explain of the target what the other columns cannot as a `leak`.

    Forward test, by the share of the unexplained variance that the column adds out of sample: 0.45 alone or
    0.8 with the other columns for an amount, of which it must explain 0.7 alone beside weak columns. For a
    label, the column must explain 0.6 of the variance alone (0.65 beside fewer than 7 others) and 0.3 of what
    the others leave, or 0.4 with them; less suffices beside others that explain something, and where one cut
    says all. Where no single column is a leak, up to six strong ones are judged together.
    Backward test, for an amount: the target explains 0.55 of the column's variance that the others leave
    unexplained. A column that is declared clean is `suspect`; so is one that explains 0.95 alone as the
    others do too, and an undeclared one that decides alone. Not applicable without a target, under 50 rows,
    or where the target or every column is constant.
    """
    view = case.view
    if view.y is None:
        return NotApplicable("there is no target")
    if len(view.rows) < MIN_ROWS:
        return NotApplicable(f"fewer than {MIN_ROWS} rows")
    if np.unique(view.y).size < 2 or not any(kind != "constant" for kind in view.kinds):
        return NotApplicable("the target or every column is constant")
    columns = case.varying_columns
    label = np.unique(view.y).size <= 2
    reported = forward_leaks(columns, LABEL if label else AMOUNT)
    findings = [_forward_finding(case, columns, one, score, set(reported)) for one, score in reported.items()]
    for one, score in ({} if label else backward_leaks(case, columns, AMOUNT)).items():
        if one not in reported:
            reported[one] = score
            findings.append(_backward_finding(case, columns, one, score))
    return [
        *findings,
        *_strong_but_related(case, columns, set(reported)),
        *([] if reported else _deciding(case, columns)),
    ]


def _forward_finding(
    case: Case, columns: VaryingColumns, one: int, score: Score, reported: set[int]
) -> Finding:
    name = case.view.names[columns.at[one]]
    text = (
        f"{name} alone explains {score.alone:.3f} of the variance of {case.target} out of sample, all other "
        f"columns together {score.others:.3f}, all columns {max(score.together, score.alone):.3f}"
    )
    found = _finding(case, name, text, score)
    related = _related(case, int(columns.at[one]), {int(columns.at[each]) for each in reported}, score.alone)
    if related is None:
        return found
    text += (
        f"; but where {case.target} is known, the others explain {related:.3f} of {name}, as of a column "
        "from before it: when is its value known?"
    )
    return replace(found, kind="suspect", message=text)


def _related(case: Case, at: int, reported: set[int], alone: float) -> float | None:
    """Return what the others explain of a column where the target is known; None where that may be nothing.

    Other columns that may be leaks say nothing of where this one comes from, and are left out.
    """
    if case.regressors is None or np.unique(np.asarray(case.view.y)).size <= 2:
        return None
    strong = {one for one, each in case.given_target.items() if each.by_target >= STRONG}
    found = case.regressors.measure(without=(strong | reported) - {at}).get(at)
    if found is None or found.by_target < alone - SMOOTH:
        return None
    if found.by_others < RELATED + ERRORS * found.error:
        return None
    return found.by_others


def _backward_finding(case: Case, columns: VaryingColumns, one: int, score: Score) -> Finding:
    name = case.view.names[columns.at[one]]
    text = (
        f"{case.target} alone explains {score.alone:.3f} of the variance of {name} out of sample, "
        f"all other columns together {score.others:.3f}"
    )
    return _finding(case, name, text, score)


def _finding(case: Case, name: str, text: str, score: Score) -> Finding:
    kind: Kind = "suspect" if case.declared_clean(name) else "leak"
    evidence = {"alone": score.alone, "others": score.others, "together": score.together}
    return Finding("reconstruction", kind, (name,), text, evidence)


def _strong_but_related(case: Case, columns: VaryingColumns, reported: set[int]) -> list[Finding]:
    """Report columns that explain at least RED_FLAG alone, where the other columns explain much of it too."""
    found = []
    for one in np.flatnonzero(columns.alone >= RED_FLAG):
        if int(one) not in reported:
            name, alone = case.view.names[columns.at[one]], float(columns.alone[one])
            text = (
                f"{name} alone explains {alone:.3f} of the variance of {case.target} out of sample; "
                "so do the other columns"
            )
            found.append(Finding("reconstruction", "suspect", (name,), text, {"alone": alone}))
    return found


def _deciding(case: Case, columns: VaryingColumns) -> list[Finding]:
    """Report the best column as `suspect` where it decides alone, unless it is declared clean."""
    best = int(np.argmax(columns.alone))
    name, alone = case.view.names[columns.at[best]], float(columns.alone[best])
    if not DECIDES <= alone < RED_FLAG or case.declared_clean(name):
        return []
    others = columns.explained(without(np.ones(len(columns.at), dtype=bool), [best]))
    score = Score(alone, others, max(alone, others))
    if score.share < DECIDES_SHARE:
        return []
    text = (
        f"{name} alone explains {alone:.3f} of the variance of {case.target}, the others {others:.3f}: "
        "the column that decides; when is its value known?"
    )
    return [Finding("reconstruction", "suspect", (name,), text, {"alone": alone, "others": others})]
