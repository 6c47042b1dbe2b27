"""Scores over 0.95, the source system's limit: with real customers, a leak is the most likely reason.

The limit is about the task's own metric (F1, R², silhouette), whichever one trials are compared by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.audit.case import Finding, NotApplicable
from cip_exp.evaluation.metrics import TASKS

if TYPE_CHECKING:
    from cip_exp.records.trial import Evaluation

LIMIT = 0.95


def red_flag(evaluation: Evaluation) -> list[Finding] | NotApplicable | None:
    """Report a mean score over 0.95 on held-out rows as `suspect`.

    Not applicable where no fold was scored.
    """
    name = TASKS[evaluation.task].criterion.name
    scores = evaluation.test.get(name)
    if scores is None or not len(scores):
        return NotApplicable("no fold was scored")
    mean = float(np.mean(scores))
    if not mean > LIMIT:
        return None
    text = f"{name} {mean:.4f} on held-out rows is over {LIMIT}: too good without a reason"
    return [Finding("red_flag", "suspect", (), text, {"score": mean})]
