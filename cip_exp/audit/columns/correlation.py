"""Columns that correlate with the target beyond the source system's 0.7: worth a look, proof of nothing."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from cip_exp.audit.case import Case, Finding, Kind, NotApplicable

LIMIT = 0.7


def correlation(case: Case) -> list[Finding] | NotApplicable:
    """Suspect numeric columns whose correlation (or rank correlation) with the target is over 0.7."""
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
            kind: Kind = "note" if case.cleared(name) else "suspect"
            found.append(Finding("correlation", kind, (name,), text, {"r": r}))
    return found


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    spread = x.std() * y.std() if len(x) > 2 else 0.0
    return float(((x - x.mean()) * (y - y.mean())).mean() / spread) if spread > 0 else 0.0
