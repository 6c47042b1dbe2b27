"""Flags that are set because of the event in the target: almost no row without the event has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.measures import explained_variance
from cip_exp.audit.measures.likelihood_ratio import EventRatio, highest_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BY_OTHERS, MIN_BY_TARGET = 0.5, 0.6
"""For an amount, a flag of which the other columns explain the first share or more is a property of the row,
not a leak, unless the amount explains the second share of what the others leave unexplained."""


def flags(case: Case) -> list[Finding] | NotApplicable:
    """Report two-valued columns that show an event in the target as a `leak`.

    Measured by the likelihood ratio of the flag, or of its absence, for an event: the label's class, or an
    upper or lower part of an amount's range. It must be 15 or more. For an amount, the flag must also be
    explained by the target and not by the other columns. A flag that few rows with the event have is a leak
    where it is a mark, see `marks`. A column that is declared clean is `suspect`. Not applicable without a
    target.
    """
    view = case.view
    if view.y is None:
        return NotApplicable("there is no target")
    found = []
    for at, name in enumerate(view.names):
        column = view.values[:, at]
        if not is_flag(column):
            continue
        is_set = column == column.max()
        rates = highest_ratio(is_set, case.search.events)
        if (
            rates is not None
            and rates.is_high
            and (case.search.events.label or only_target_explains(case, is_set, at))
        ):
            word = _in_words(case, at, rates.present)
        else:
            mark = case.search.marks.get(at)
            if mark is None:
                continue
            word, rates = mark.word, mark.rates
        found.append(indicator_finding(case, "flags", name, word, rates))
    return found


def is_flag(column: NDArray[np.float64]) -> bool:
    """Return whether a column, shape (m,), has two values, and none missing."""
    if np.isnan(column).any() or np.unique(column[:50]).size > 2:
        return False
    return bool(np.unique(column).size == 2)


def _in_words(case: Case, at: int, is_set: bool) -> str:
    column = case.view.values[:, at]
    levels = case.view.levels[at]
    if levels is not None:
        return f"is '{levels[int(column.max() if is_set else column.min())]}'"
    return "is set" if is_set else "is not set"


def only_target_explains(case: Case, indicator: NDArray[np.bool_], at: int) -> bool:
    """Return whether the target explains `indicator`, and the columns other than the one at `at` do not."""
    view = case.view
    folded = explained_variance.fold_target(indicator.astype(float), case.together[view.rows], case.seed)
    rest = [one for one, kind in enumerate(view.kinds) if one != at and kind != "constant"]
    categories = np.array([view.kinds[one] == "category" for one in rest], dtype=bool)
    others = explained_variance.of_all_columns(folded, view.values[:, rest], categories, case.seed)
    own = float(explained_variance.of_each_column(folded, np.asarray(view.y)[:, None])[0])
    return others < MAX_BY_OTHERS or own - others >= MIN_BY_TARGET * (1.0 - others)


def indicator_finding(case: Case, check: str, name: str, word: str, rates: EventRatio) -> Finding:
    """Return the finding on an indicator of column `name`, as a `leak` or, if declared clean, `suspect`."""
    text = (
        f"{name} {word} on {rates.with_event:.0%} of the rows with {rates.event} "
        f"and on {rates.without:.1%} of the others"
    )
    evidence = {"ratio": rates.ratio, "with_event": rates.with_event, "without": rates.without}
    return Finding(check, "suspect" if case.declared_clean(name) else "leak", (name,), text, evidence)
