"""Columns whose correlation with the target is over 0.7, the source system's limit; not a proof of a leak."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from cip_exp.audit.case import Case, Finding, Kind, NotApplicable

LIMIT = 0.7


def correlation(case: Case) -> list[Finding] | NotApplicable:
    """Report numeric columns whose correlation with the target is over 0.7 in absolute value as `suspect`.

    The larger of Pearson's and Spearman's coefficient counts, over the rows where the column is known. A
    column that is declared clean gets a `note`. Not applicable without a numeric column or a target that
    varies.
    """
    view = case.view
    numeric = [at for at, kind in enumerate(view.kinds) if kind in ("number", "flag")]
    if view.y is None or not numeric or np.ptp(view.y) == 0:
        return NotApplicable("there is no target that varies" if numeric else "no numeric column")
    found = []
    for at in numeric:
        known = np.isfinite(view.values[:, at])
        x, y = view.values[known, at], view.y[known]
        r = max((_pearson(x, y), _pearson(rankdata(x), rankdata(y))), key=abs)
        if abs(r) > LIMIT:
            name = view.names[at]
            text = f"{name} correlates with {case.target} at {r:.3f}, over {LIMIT}"
            kind: Kind = "note" if case.declared_clean(name) else "suspect"
            found.append(Finding("correlation", kind, (name,), text, {"r": r}))
    return found


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    spread = x.std() * y.std() if len(x) > 2 else 0.0
    return float(((x - x.mean()) * (y - y.mean())).mean() / spread) if spread > 0 else 0.0
