"""Adversarial validation: whether training and held-out rows can be told apart by their features."""

from __future__ import annotations

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.measures import skill

APART = 0.15
"""Share of the variance of "is held out" that the features explain out of sample."""
MIN_ROWS = 100


def adversarial(case: Case) -> list[Finding] | NotApplicable | None:
    """Suspect a split whose sides differ in their features."""
    if case.split is None:
        return NotApplicable("there is no split")
    final, view = case.split.final, case.view
    side = np.full(len(case.X), np.nan)
    side[final.train], side[final.test] = 0.0, 1.0
    kept = np.flatnonzero(np.isfinite(side[view.rows]))
    held = side[view.rows][kept]
    if len(kept) < MIN_ROWS or np.unique(held).size < 2 or np.array_equal(final.train, final.test):
        return NotApplicable(f"fewer than {MIN_ROWS} rows on two sides")
    vary = [at for at, kind in enumerate(view.kinds) if kind != "constant"]
    categories = np.array([view.kinds[at] == "category" for at in vary], dtype=bool)
    judge = skill.build_judge(held, _alike(case)[view.rows][kept], case.seed)
    share = skill.joint(judge, view.values[kept][:, vary], categories, case.seed)
    if share < APART:
        return None
    text = f"the features tell held-out rows from training rows: R² {share:.2f} for the side, out of sample"
    ordered = case.split.scheme == "temporal"
    return [Finding("adversarial", "note" if ordered else "suspect", (), text, {"share": share})]


def _alike(case: Case) -> np.ndarray:
    """Number rows so that those dealt to one side for their twins or group share a number."""
    return case.copies if case.groups is None else case.groups
