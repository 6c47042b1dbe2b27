"""Scores above the source system's 0.95: on real customers, a reason to look for the leak first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Finding, NotApplicable

if TYPE_CHECKING:
    from cip_exp.records.trial import Evaluation

LIMIT = 0.95


def red_flag(evaluation: Evaluation) -> list[Finding] | NotApplicable | None:
    """Suspect a mean score over 0.95 on held-out rows."""
    scores = evaluation.test.get(evaluation.primary)
    if scores is None or not len(scores):
        return NotApplicable("no fold was scored")
    mean = float(np.mean(scores))
    if not mean > LIMIT:
        return None
    text = f"{evaluation.primary} {mean:.4f} on held-out rows is over {LIMIT}: too good without a reason"
    return [Finding("red_flag", "suspect", (), text, {"score": mean})]
