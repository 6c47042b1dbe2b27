"""A number of clusters at the edge of its range: a number outside the range may score better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.audit.case import Finding, NotApplicable

if TYPE_CHECKING:
    from cip_exp.records.trial import Evaluation


def edge(evaluation: Evaluation, k_range: tuple[int, int] | None) -> list[Finding] | NotApplicable | None:
    """Report a chosen k that is the smallest or largest allowed as `suspect`.

    Not applicable where no number of clusters was chosen from a range.
    """
    k = evaluation.extras.get("n_clusters")
    if k is None or k_range is None or k_range[0] == k_range[1]:
        return NotApplicable("no number of clusters was chosen from a range")
    if k not in k_range:
        return None
    side = "upper" if k == k_range[1] else "lower"
    text = f"k = {k:g} is the {side} edge of {k_range[0]}..{k_range[1]}: the best k may be outside"
    return [Finding("edge", "suspect", (), text, {"k": k})]
