"""One column that gives the target away, found by what it says and the other columns cannot.

A strong predictor is no leak: real columns come in company, and what one knows of the target the others know
too. A column made from the target knows what nobody else does. So a column is accused when, out of sample, it
closes most of the gap that all other columns together leave open (forward), or when the target alone explains
the column and the other columns do not (backward, which also sees transforms that cannot be inverted).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import rankdata

from cip_exp.audit import skill
from cip_exp.audit.check import Case, Finding, NotApplicable

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_ROWS = 50
MIN_SKILL = 0.35
"""A column that explains less than this of the target alone is not judged."""
FORWARD, BACKWARD = 0.45, 0.6
"""Share of what the others leave open that a column must close to be accused."""
FEW = 6
"""With fewer other columns than this there is little company, and more is asked of the share."""
FEW_SHARE = 0.65
CLUSTER, CLUSTER_SHARE, CLUSTER_SKILL = 3, 0.7, 0.6
"""So many columns are also judged together, since two leaks hide each other; more is asked of them."""
RED_FLAG = 0.95
"""The source system's red flag, here on the share of variance."""


class Score(NamedTuple):
    """What one column (or the weakest of several) explains, and what all others do."""

    alone: float
    others: float
    direction: str

    @property
    def share(self) -> float:
        """The share of what the others leave open."""
        return (self.alone - self.others) / max(1e-9, 1.0 - self.others)


class _Columns(NamedTuple):
    """The view's columns that vary, and what was worked out of them."""

    at: NDArray[np.int64]
    values: NDArray[np.float64]
    categories: NDArray[np.bool_]
    alone: NDArray[np.float64]
    """Skill of each column alone."""


def reconstruction(case: Case) -> list[Finding] | NotApplicable:
    """Accuse columns that reproduce the target where the other columns together cannot."""
    view = case.view
    if view.y is None:
        return NotApplicable("there is no target")
    if len(view.rows) < MIN_ROWS:
        return NotApplicable(f"fewer than {MIN_ROWS} rows")
    at = np.array([at for at, kind in enumerate(view.kinds) if kind != "constant"], dtype=np.int64)
    if not at.size or np.unique(view.y).size < 2:
        return NotApplicable("no column varies" if not at.size else "the target does not vary")
    judge = skill.build_judge(view.y, case.copies[view.rows], case.seed)
    values = view.values[:, at]
    categories = np.array([view.kinds[one] == "category" for one in at])
    columns = _Columns(at, values, categories, skill.single(judge, values))
    found = _forward(judge, columns, case.seed)
    for one, score in _backward(case, columns).items():
        found.setdefault(one, score)
    accused = [_accuse(case, columns, one, score) for one, score in sorted(found.items())]
    return [*accused, *_strong(case, columns, set(found))]


def _needed(n_others: int, share: float) -> float:
    return share if n_others >= FEW else max(share, FEW_SHARE)


def _forward(judge: skill.Judge, columns: _Columns, seed: int) -> dict[int, Score]:
    """Judge the best column, then the best two and three together, against all the others."""
    order = np.argsort(-columns.alone, kind="stable")
    for size in range(1, min(CLUSTER, len(order) - 1) + 1):
        best, rest = order[:size], order[size:]
        alone = float(columns.alone[best[-1]])
        if alone < (MIN_SKILL if size == 1 else CLUSTER_SKILL):
            break
        others = skill.joint(judge, columns.values[:, rest], columns.categories[rest], seed)
        score = Score(alone, others, "forward")
        if score.share >= (_needed(len(rest), FORWARD) if size == 1 else CLUSTER_SHARE):
            return {int(one): Score(float(columns.alone[one]), others, "forward") for one in best}
    return {}


def _backward(case: Case, columns: _Columns) -> dict[int, Score]:
    """Judge every column that the target explains better than any single other column does."""
    view = case.view
    y = view.y
    found: dict[int, Score] = {}
    if y is None or np.unique(y).size <= 2:
        return found
    rival = _rivals(columns.values)
    for one in np.flatnonzero(~columns.categories):
        column = columns.values[:, one]
        known = np.isfinite(column)
        if known.sum() < MIN_ROWS:
            continue
        judge = skill.build_judge(column[known], case.copies[view.rows][known], case.seed)
        alone = float(skill.single(judge, y[known, None])[0])
        if alone < MIN_SKILL or Score(alone, rival[one], "").share < BACKWARD:
            continue
        rest = np.arange(len(columns.at)) != one
        others = skill.joint(judge, columns.values[known][:, rest], columns.categories[rest], case.seed)
        score = Score(alone, max(others, rival[one]), "backward")
        if score.share >= _needed(int(rest.sum()), BACKWARD):
            found[int(one)] = score
    return found


def _rivals(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each column the largest squared rank correlation with another one, shape (p,)."""
    known = np.isfinite(values)
    ranks = rankdata(np.where(known, values, np.nan), axis=0, nan_policy="omit")
    ranks = np.where(known, ranks, np.nanmean(ranks, axis=0))
    ranks = (ranks - ranks.mean(axis=0)) / np.maximum(ranks.std(axis=0), 1e-12)
    squares = (ranks.T @ ranks / len(ranks)) ** 2
    np.fill_diagonal(squares, 0.0)
    return np.asarray(squares.max(axis=0, initial=0.0))


def _accuse(case: Case, columns: _Columns, one: int, score: Score) -> Finding:
    name = case.view.names[columns.at[one]]
    if score.direction == "forward":
        text = f"{name} alone explains {score.alone:.3f} of {case.target} out of sample"
    else:
        text = f"{case.target} alone explains {score.alone:.3f} of {name} out of sample"
    text += f", all other columns together {score.others:.3f}"
    evidence = {"alone": score.alone, "others": score.others, "share": score.share}
    return Finding("reconstruction", "suspect" if case.cleared(name) else "leak", (name,), text, evidence)


def _strong(case: Case, columns: _Columns, accused: set[int]) -> list[Finding]:
    """Name columns over the red flag that the others match: strong, but in company."""
    found = []
    for one in np.flatnonzero(columns.alone >= RED_FLAG):
        if int(one) not in accused:
            name, alone = case.view.names[columns.at[one]], float(columns.alone[one])
            text = (
                f"{name} alone explains {alone:.3f} of {case.target} out of sample; so do the other columns"
            )
            found.append(Finding("reconstruction", "suspect", (name,), text, {"alone": alone}))
    return found
