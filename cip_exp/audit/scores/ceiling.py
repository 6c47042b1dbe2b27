"""Ties at the ceiling of a sweep: where everything is perfect, nothing has been chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Finding, NotApplicable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records.trial import Trial

CEILING = 0.99
SHARE = 0.1


def ceiling(trials: Sequence[Trial]) -> list[Finding] | NotApplicable | None:
    """Suspect a sweep in which a tenth of the configurations, and at least two, share a perfect score."""
    scores = np.array(
        [t.metrics.get(f"cv_{t.primary}_mean", np.nan) for t in trials if t.state == "complete"], dtype=float
    )
    scores = scores[np.isfinite(scores)]
    if len(scores) < 2:
        return NotApplicable("fewer than two scored trials")
    best = float(scores.max())
    ties = int((scores >= best - 1e-12).sum())
    if best < CEILING or ties < max(2, SHARE * len(scores)):
        return None
    text = f"{ties} of {len(scores)} configurations tie at {best:.4f}: the sweep cannot tell them apart"
    return [Finding("ceiling", "suspect", (), text, {"ties": float(ties), "best": best})]
