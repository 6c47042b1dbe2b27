"""One column that gives the target away, found by what it says and the other columns cannot.

A strong predictor is no leak: real columns come in company, and what one knows of the target the others know
too. A column made from the target knows what nobody else does. So a column is accused when, out of sample, it
closes most of the gap that all other columns together leave open: alone or with their help (forward). Or when
the target explains the column and the other columns do not, which also sees transforms that cannot be
inverted (backward).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.measures import skill
from cip_exp.audit.measures.varying_columns import Field, build_field, rivals

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_ROWS = 50
CANDIDATES = 3
"""So many of the best columns are judged one by one; then the best two and three together, since two leaks
hide each other."""
FEW = 7
"""With fewer other columns than this there is little company, and more is asked of the share."""
CLUSTER, CLUSTER_SKILL = 0.7, 0.6
RED_FLAG = 0.95
"""The source system's red flag, here on the share of variance."""


class Bar(NamedTuple):
    """What is asked of a column before it is accused, chosen on 110 clean tables and 900 planted leaks."""

    skill: float
    """The least that the column must explain by itself."""
    alone: float
    """The least share of what the others leave open, by the column alone ..."""
    helped: float
    """... or with the others' help, where the column explains `strong` by itself."""
    strong: float
    few: float
    """The least share where there are few others."""
    backward: float
    """The least share of the column, of what the others leave open, that the target explains."""


AMOUNT = Bar(skill=0.35, alone=0.45, helped=0.8, strong=0.4, few=0.7, backward=0.55)
LABEL = Bar(skill=0.2, alone=0.3, helped=0.3, strong=0.2, few=0.5, backward=1.0)
"""Real columns tell less of a label than of an amount."""


class Score(NamedTuple):
    """What one column (or the weakest of several) explains alone, what all others do, and all together."""

    alone: float
    others: float
    together: float

    @property
    def share(self) -> float:
        """The share, by the column alone, of what the others leave open."""
        return _share(self.alone, self.others)

    @property
    def helped(self) -> float:
        """The share, by all together, of what the others leave open."""
        return _share(max(self.alone, self.together), self.others)


def reconstruction(case: Case) -> list[Finding] | NotApplicable:
    """Accuse columns that reproduce the target where the other columns together cannot."""
    view = case.view
    if view.y is None:
        return NotApplicable("there is no target")
    if len(view.rows) < MIN_ROWS:
        return NotApplicable(f"fewer than {MIN_ROWS} rows")
    if np.unique(view.y).size < 2 or not any(kind != "constant" for kind in view.kinds):
        return NotApplicable("the target or every column is constant")
    field = build_field(case)
    label = np.unique(view.y).size <= 2
    accused = _forward(field, LABEL if label else AMOUNT)
    findings = [_forward_finding(case, field, one, score) for one, score in accused.items()]
    for one, score in ({} if label else _backward(case, field)).items():
        if one not in accused:
            accused[one] = score
            findings.append(_backward_finding(case, field, one, score))
    return [*findings, *_strong(case, field, set(accused))]


def _share(skill: float, others: float) -> float:
    return (skill - others) / max(1e-9, 1.0 - others)


def _innocent(skill: float, share: float) -> float:
    """Return what the others must reach so that `skill` closes less than `share` of what they leave open."""
    return (skill - share) / (1.0 - share) + 1e-9 if share < 1.0 else 0.0


def _forward(field: Field, bar: Bar) -> dict[int, Score]:
    """Accuse the column that stands out most, take it away, and look again."""
    kept = np.ones(len(field.at), dtype=bool)
    found: dict[int, Score] = {}
    for _ in range(CANDIDATES):
        accused = _stand_out(field, kept, bar)
        if not accused:
            break
        # Each accusation makes the others look lonelier, so more is asked of the next.
        bar = bar._replace(few=CLUSTER, alone=CLUSTER, helped=max(bar.helped, CLUSTER))
        found |= accused
        kept[list(accused)] = False
    return found


def _stand_out(field: Field, kept: NDArray[np.bool_], bar: Bar) -> dict[int, Score]:
    order = [int(one) for one in np.argsort(-field.alone, kind="stable") if kept[one]]
    strong = [one for one in order[:CANDIDATES] if field.alone[one] >= bar.skill]
    if not strong:
        return {}
    together = field.joint(kept)
    few = bar.few if kept.sum() - 1 < FEW else 0.0
    for one in strong:
        alone = float(field.alone[one])
        asked, helped = max(bar.alone, few), max(bar.helped, few) if alone >= bar.strong else 1.0
        enough = max(_innocent(alone, asked), _innocent(max(alone, together), helped))
        score = Score(alone, field.joint(_without(kept, [one]), enough), together)
        if score.share >= asked or score.helped >= helped:
            return {one: score}
    for size in range(2, min(len(order) - FEW, len(strong)) + 1):
        weakest = float(field.alone[order[size - 1]])
        if weakest < CLUSTER_SKILL:
            break
        score = Score(
            weakest, field.joint(_without(kept, order[:size]), _innocent(weakest, CLUSTER)), together
        )
        if score.share >= CLUSTER:
            return {one: score._replace(alone=float(field.alone[one])) for one in order[:size]}
    return {}


def _without(kept: NDArray[np.bool_], out: list[int]) -> NDArray[np.bool_]:
    rest = kept.copy()
    rest[out] = False
    return rest


def _backward(case: Case, field: Field) -> dict[int, Score]:
    """Judge every column that the target explains better than any single other column does."""
    found: dict[int, Score] = {}
    y = np.asarray(case.view.y)
    rival = rivals(field.values)
    asked = max(AMOUNT.backward, AMOUNT.few if len(field.at) - 1 < FEW else 0.0)
    for one in np.flatnonzero(~field.categories):
        column = field.values[:, one]
        known = np.isfinite(column)
        if known.sum() < MIN_ROWS or np.unique(column[known]).size < 2:
            continue
        judge = skill.build_judge(column[known], case.copies[case.view.rows][known], case.seed)
        alone = float(skill.single(judge, y[known, None])[0])
        if alone < AMOUNT.skill or _share(alone, rival[one]) < asked:
            continue
        rest = _without(np.ones(len(field.at), dtype=bool), [int(one)])
        enough = _innocent(alone, asked)
        others = skill.joint(judge, field.values[known][:, rest], field.categories[rest], case.seed, enough)
        score = Score(alone, max(others, rival[one]), alone)
        if score.share >= asked:
            found[int(one)] = score
    return found


def _forward_finding(case: Case, field: Field, one: int, score: Score) -> Finding:
    name = case.view.names[field.at[one]]
    text = (
        f"{name} alone explains {score.alone:.3f} of {case.target} out of sample, all other columns "
        f"together {score.others:.3f}, with it {max(score.together, score.alone):.3f}"
    )
    return _finding(case, name, text, score)


def _backward_finding(case: Case, field: Field, one: int, score: Score) -> Finding:
    name = case.view.names[field.at[one]]
    text = (
        f"{case.target} alone explains {score.alone:.3f} of {name} out of sample, "
        f"all other columns together {score.others:.3f}"
    )
    return _finding(case, name, text, score)


def _finding(case: Case, name: str, text: str, score: Score) -> Finding:
    evidence = {"alone": score.alone, "others": score.others, "together": score.together}
    return Finding("reconstruction", "suspect" if case.cleared(name) else "leak", (name,), text, evidence)


def _strong(case: Case, field: Field, accused: set[int]) -> list[Finding]:
    """Name columns over the red flag that the others match: strong, but in company."""
    found = []
    for one in np.flatnonzero(field.alone >= RED_FLAG):
        if int(one) not in accused:
            name, alone = case.view.names[field.at[one]], float(field.alone[one])
            text = (
                f"{name} alone explains {alone:.3f} of {case.target} out of sample; so do the other columns"
            )
            found.append(Finding("reconstruction", "suspect", (name,), text, {"alone": alone}))
    return found
