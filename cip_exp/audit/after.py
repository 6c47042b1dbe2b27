"""The checks that need scores: on one evaluation, or on all trials of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.audit.ceiling import ceiling
from cip_exp.audit.check import Audit, outcome
from cip_exp.audit.edge import edge
from cip_exp.audit.quoted import quoted
from cip_exp.audit.red_flag import red_flag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records import Evaluation, Trial


def after_evaluation(evaluation: Evaluation, k_range: tuple[int, int] | None = None) -> Audit:
    """Audit one scored model; `k_range` is the range that the number of clusters was chosen from."""
    said = {"red_flag": red_flag(evaluation), "edge": edge(evaluation, k_range)}
    return Audit(tuple(outcome(name, found) for name, found in said.items()))


def after_trials(trials: Sequence[Trial]) -> Audit:
    """Audit a finished sweep."""
    said = {"ceiling": ceiling(trials), "quoted": quoted(trials)}
    return Audit(tuple(outcome(name, found) for name, found in said.items()))
