"""Ties at the best possible score of a sweep: the sweep cannot choose between these configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Finding, NotApplicable
from cip_exp.evaluation.metrics import metric_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records.trial import Trial

CEILING = 0.99
"""From this score on, a score counts as perfect."""
MIN_SHARE = 0.1


def ceiling(trials: Sequence[Trial]) -> list[Finding] | NotApplicable | None:
    """Report a sweep whose best score is at least 0.99 and shared by many configurations as `suspect`.

    At least two configurations, and 10 % of them, have the best mean CV score. Not applicable with fewer than
    two trials that are scored by a metric of which 1 is the best value.
    """
    scored = [t for t in trials if t.state == "complete" and metric_of(t).best == 1.0]
    scores = np.array([t.metrics.get(f"cv_{t.primary}_mean", np.nan) for t in scored], dtype=float)
    scores = scores[np.isfinite(scores)]
    if len(scores) < 2:
        return NotApplicable("fewer than two scored trials")
    best = float(scores.max())
    ties = int((scores >= best - 1e-12).sum())
    if best < CEILING or ties < max(2, MIN_SHARE * len(scores)):
        return None
    text = f"{ties} of {len(scores)} configurations tie at {best:.4f}: the sweep cannot choose between them"
    return [Finding("ceiling", "suspect", (), text, {"ties": float(ties), "best": best})]
