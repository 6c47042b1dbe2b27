"""Columns that explain of the target what all other columns together cannot.

A strong predictor alone is not a leak: real columns are related, so the other columns explain much of the
same. A column made from the target has information that no other column has. Forward test: out of sample, the
column, alone or with the others, explains most of the variance that all other columns together leave
unexplained. Backward test: the target explains the column, and the other columns do not. It also finds
transformations of the target that cannot be inverted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.audit.case import Case, Finding, Kind, NotApplicable
from cip_exp.audit.measures import explained_variance
from cip_exp.audit.measures.varying_columns import (
    VaryingColumns,
    build_varying_columns,
    squared_correlations,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_ROWS = 50
CANDIDATES = 3
"""The best columns that are tested one by one; then the best two and three are tested together, since each of
two leaks makes the other columns look strong when the other one is tested."""
FEW_COLUMNS = 7
"""With fewer other columns than this, a higher share is required."""
MIN_GROUP_SHARE, MIN_GROUP_ALONE = 0.7, 0.6
"""The minimum share, and the minimum variance explained alone, for columns that are tested together."""
RED_FLAG = 0.95
"""The source system's limit for a suspicious score, here for the share of variance."""


class Thresholds(NamedTuple):
    """The conditions for a leak, chosen on 110 clean tables and 900 planted leaks.

    "Share" is the share of the variance that the other columns leave unexplained.
    """

    explained: float
    """The minimum variance that the column explains alone."""
    share_alone: float
    """The minimum share that the column explains alone ..."""
    share_with_others: float
    """... or together with the others, where it explains `explained_with_others` of the variance alone."""
    explained_with_others: float
    share_few_columns: float
    """The minimum share where there are few other columns."""
    share_backward: float
    """The minimum share of the column's variance that the target explains."""


AMOUNT = Thresholds(
    explained=0.35,
    share_alone=0.45,
    share_with_others=0.8,
    explained_with_others=0.4,
    share_few_columns=0.7,
    share_backward=0.55,
)
LABEL = Thresholds(
    explained=0.2,
    share_alone=0.3,
    share_with_others=0.3,
    explained_with_others=0.2,
    share_few_columns=0.5,
    share_backward=1.0,
)
"""Lower than for an amount: real columns explain less of a label."""


class Score(NamedTuple):
    """Variance explained by one column (the weakest of several) alone, by all others, and by all together."""

    alone: float
    others: float
    together: float

    @property
    def share(self) -> float:
        """What the column alone explains of the variance that the others leave unexplained."""
        return _share(self.alone, self.others)

    @property
    def share_with_others(self) -> float:
        """What all columns together explain of the variance that the others leave unexplained."""
        return _share(max(self.alone, self.together), self.others)


def reconstruction(case: Case) -> list[Finding] | NotApplicable:
    """Report columns that explain of the target what the other columns cannot as a `leak`.

    Forward test, by the share of the unexplained variance that the column adds out of sample: 0.45 alone or
    0.8 with the other columns for an amount, 0.3 for a label; 0.7 and 0.5 with fewer than 7 other columns.
    Backward test, for an amount: the target explains 0.55 of the column's variance that the others leave
    unexplained. A column that is declared clean is `suspect`, and so is one that explains 0.95 alone as the
    others do too. Not applicable without a target, under 50 rows, or where the target or every column is
    constant.
    """
    view = case.view
    if view.y is None:
        return NotApplicable("there is no target")
    if len(view.rows) < MIN_ROWS:
        return NotApplicable(f"fewer than {MIN_ROWS} rows")
    if np.unique(view.y).size < 2 or not any(kind != "constant" for kind in view.kinds):
        return NotApplicable("the target or every column is constant")
    columns = build_varying_columns(case)
    label = np.unique(view.y).size <= 2
    reported = _forward(columns, LABEL if label else AMOUNT)
    findings = [_forward_finding(case, columns, one, score) for one, score in reported.items()]
    for one, score in ({} if label else _backward(case, columns)).items():
        if one not in reported:
            reported[one] = score
            findings.append(_backward_finding(case, columns, one, score))
    return [*findings, *_strong_but_related(case, columns, set(reported))]


def _share(explained: float, others: float) -> float:
    return (explained - others) / max(1e-9, 1.0 - others)


def _enough(explained: float, share: float) -> float:
    """Return the variance that the others must explain so that the share of `explained` is below `share`."""
    return (explained - share) / (1.0 - share) + 1e-9 if share < 1.0 else 0.0


def _forward(columns: VaryingColumns, limits: Thresholds) -> dict[int, Score]:
    """Find the column with the clearest share, take it out, and repeat."""
    kept = np.ones(len(columns.at), dtype=bool)
    found: dict[int, Score] = {}
    for _ in range(CANDIDATES):
        leaks = _find_leaks(columns, kept, limits)
        if not leaks:
            break
        # Without a reported column the others explain less, so that the next share is higher by itself.
        limits = limits._replace(
            share_few_columns=MIN_GROUP_SHARE,
            share_alone=MIN_GROUP_SHARE,
            share_with_others=max(limits.share_with_others, MIN_GROUP_SHARE),
        )
        found |= leaks
        kept[list(leaks)] = False
    return found


def _find_leaks(columns: VaryingColumns, kept: NDArray[np.bool_], limits: Thresholds) -> dict[int, Score]:
    """Return the first of the best columns that meets the thresholds, or the best two or three together."""
    order = [int(one) for one in np.argsort(-columns.alone, kind="stable") if kept[one]]
    strong = [one for one in order[:CANDIDATES] if columns.alone[one] >= limits.explained]
    if not strong:
        return {}
    together = columns.explained(kept)
    few = limits.share_few_columns if kept.sum() - 1 < FEW_COLUMNS else 0.0
    for one in strong:
        alone = float(columns.alone[one])
        least_alone = max(limits.share_alone, few)
        least = max(limits.share_with_others, few) if alone >= limits.explained_with_others else 1.0
        enough = max(_enough(alone, least_alone), _enough(max(alone, together), least))
        score = Score(alone, columns.explained(_without(kept, [one]), enough), together)
        if score.share >= least_alone or score.share_with_others >= least:
            return {one: score}
    for size in range(2, min(len(order) - FEW_COLUMNS, len(strong)) + 1):
        weakest = float(columns.alone[order[size - 1]])
        if weakest < MIN_GROUP_ALONE:
            break
        enough = _enough(weakest, MIN_GROUP_SHARE)
        score = Score(weakest, columns.explained(_without(kept, order[:size]), enough), together)
        if score.share >= MIN_GROUP_SHARE:
            return {one: score._replace(alone=float(columns.alone[one])) for one in order[:size]}
    return {}


def _without(kept: NDArray[np.bool_], out: list[int]) -> NDArray[np.bool_]:
    rest = kept.copy()
    rest[out] = False
    return rest


def _backward(case: Case, columns: VaryingColumns) -> dict[int, Score]:
    """Test every column that the target explains better than any single other column does."""
    found: dict[int, Score] = {}
    y = np.asarray(case.view.y)
    best_other = squared_correlations(columns.values)
    few = AMOUNT.share_few_columns if len(columns.at) - 1 < FEW_COLUMNS else 0.0
    least = max(AMOUNT.share_backward, few)
    for one in np.flatnonzero(~columns.categories):
        column = columns.values[:, one]
        known = np.isfinite(column)
        if known.sum() < MIN_ROWS or np.unique(column[known]).size < 2:
            continue
        folded = explained_variance.fold_target(column[known], case.copies[case.view.rows][known], case.seed)
        alone = float(explained_variance.of_each_column(folded, y[known, None])[0])
        if alone < AMOUNT.explained or _share(alone, best_other[one]) < least:
            continue
        rest = _without(np.ones(len(columns.at), dtype=bool), [int(one)])
        others = explained_variance.of_all_columns(
            folded, columns.values[known][:, rest], columns.categories[rest], case.seed, _enough(alone, least)
        )
        score = Score(alone, max(others, best_other[one]), alone)
        if score.share >= least:
            found[int(one)] = score
    return found


def _forward_finding(case: Case, columns: VaryingColumns, one: int, score: Score) -> Finding:
    name = case.view.names[columns.at[one]]
    text = (
        f"{name} alone explains {score.alone:.3f} of the variance of {case.target} out of sample, all other "
        f"columns together {score.others:.3f}, all columns {max(score.together, score.alone):.3f}"
    )
    return _finding(case, name, text, score)


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
