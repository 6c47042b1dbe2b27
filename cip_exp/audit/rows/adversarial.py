"""Adversarial validation: whether the features predict on which side of the split a row is."""

from __future__ import annotations

import numpy as np

from cip_exp.audit.case import Case, Finding, NotApplicable
from cip_exp.audit.measures import explained_variance

MIN_SHARE = 0.15
"""Of the variance of "is held out", explained by the features out of sample."""
MIN_ROWS = 100


def adversarial(case: Case) -> list[Finding] | NotApplicable | None:
    """Report a split whose sides differ in their features as `suspect`, or as a `note` for split=temporal.

    The better of ridge regression and extra trees must explain at least 0.15 of the variance of "is held out"
    in cross-validation. Not applicable without a split of two sides, or under 100 rows.
    """
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
    folded = explained_variance.fold_target(held, _units(case)[view.rows][kept], case.seed)
    share = explained_variance.of_all_columns(folded, view.values[kept][:, vary], categories, case.seed)
    if share < MIN_SHARE:
        return None
    text = f"the features predict whether a row is held out: R² {share:.2f} out of sample"
    ordered = case.split.scheme == "temporal"
    return [Finding("adversarial", "note" if ordered else "suspect", (), text, {"share": share})]


def _units(case: Case) -> np.ndarray:
    """Return the numbers of twins or groups: rows that a split keeps on one side share a number."""
    return case.copies if case.groups is None else case.groups
