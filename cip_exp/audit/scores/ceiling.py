"""Ties at the best possible score of a sweep: the sweep cannot choose between these configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Finding, NotApplicable
from cip_exp.evaluation.metrics import metric_of
from cip_exp.records.vocabulary import cv_metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.records.trial import Trial

CEILING = 0.99
"""From this score on, a score counts as perfect."""
MIN_SHARE = 0.1


def ceiling(trials: Sequence[Trial]) -> list[Finding] | NotApplicable:
    """Report a sweep whose best score is at least 0.99 and shared by many configurations as `suspect`.

    At least two configurations, and 10 % of them, have the best mean CV score. Not applicable with fewer than
    two trials that are scored by a metric of which 1 is the best value.
    """
    scored: dict[str, list[float]] = {}
    for each in trials:
        score = each.metrics.get(cv_metric(each.primary), np.nan)
        if each.state == "complete" and np.isfinite(score) and metric_of(each).best == 1.0:
            scored.setdefault(each.primary, []).append(score)
    compared = {metric: np.array(scores) for metric, scores in scored.items() if len(scores) > 1}
    if not compared:
        return NotApplicable("fewer than two scored trials")
    return [found for metric, scores in compared.items() if (found := _ties(metric, scores)) is not None]


def _ties(metric: str, scores: NDArray[np.float64]) -> Finding | None:
    best = float(scores.max())
    ties = int((scores >= best - 1e-12).sum())
    if best < CEILING or ties < max(2, MIN_SHARE * len(scores)):
        return None
    text = f"{ties} of {len(scores)} configurations tie at {best:.4f} ({metric}): the sweep cannot choose"
    return Finding("ceiling", "suspect", (), f"{text} between them", {"ties": float(ties), "best": best})
