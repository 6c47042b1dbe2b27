"""The best score of a search, quoted as its validation score: it is too high, since it was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cip_exp.audit.case import Finding, NotApplicable
from cip_exp.evaluation.metrics import metric_of
from cip_exp.records.vocabulary import Tag, cv_metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records.trial import Trial


def quoted(trials: Sequence[Trial]) -> list[Finding] | NotApplicable:
    """Report a search whose best trial was not scored again under fresh splits as `suspect`.

    Where it was, a `note` gives both scores. Not applicable without two complete trials of a search, or
    without a score.
    """
    searched = [t for t in trials if t.tags.get(Tag.STAGE) == "search" and t.state == "complete"]
    if len(searched) < 2:
        return NotApplicable("no search of several configurations")
    metric = metric_of(searched[0])
    name = cv_metric(metric.name)
    searched = [t for t in searched if t.primary == metric.name and name in t.metrics]
    if not searched:
        return NotApplicable("no searched trial was scored")
    best = max(searched, key=lambda t: metric.signed(t.metrics[name]))
    again = [t for t in trials if t.tags.get(Tag.STAGE) == "confirm" and t.primary == metric.name]
    confirmed = [t for t in again if name in t.metrics]
    if not confirmed:
        text = f"{best.metrics[name]:.4f} is the best of {len(searched)} on the folds that it was chosen by"
        return [
            Finding(
                "quoted", "suspect", (), f"{text}, and was not scored again", {"best": best.metrics[name]}
            )
        ]
    fresh = metric.signed(max(metric.signed(t.metrics[name]) for t in confirmed))
    text = f"in the search {best.metrics[name]:.4f}, under fresh splits {fresh:.4f}: quote the second"
    return [Finding("quoted", "note", (), text, {"best": best.metrics[name], "confirmed": fresh})]
