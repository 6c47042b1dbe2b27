"""The selection bias of a winner's score: the bootstrap bias corrected estimate from out-of-fold predictions.

Tsamardinos, Greasidou and Borboudakis (2018), "Bootstrapping the out-of-sample predictions for efficient
and accurate cross-validation": rows are drawn with replacement, and the best trial on the rows drawn is
scored on those that were not. No further fits are needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation.row_bootstrap import DRAWS, complete_predictions, draw_counts, mean_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cip_exp.evaluation.metric import Metric

    Array = NDArray[np.float64]
    Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Bias:
    """What the bootstrap says of the best of several trials; in the metric's own unit."""

    estimate: float
    """Mean out-of-bag score of the trial chosen in the bag: the BBC estimate; NaN where nothing was left."""
    bias: float
    """How much better the best trial looks on all rows than the estimate; positive is too good."""
    in_bag: float
    """How much better the chosen trial looks in the bag than out of it: larger, for a bag repeats rows and so
    is luckier than the table it was drawn from (1.7 times on pure noise)."""
    sample: Array
    """Shape (draws,): out-of-bag scores."""
    n_trials: int
    """Trials it was taken over."""

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % percentile interval of the estimate."""
        if len(self.sample) == 0:
            return float("nan"), float("nan")
        low, high = np.quantile(self.sample, (0.025, 0.975))
        return float(low), float(high)


def selection_bias(
    oof: Array, y: Array, metric: Metric, seed: int, groups: Index | None = None, draws: int = DRAWS
) -> Bias:
    """Return the bias corrected score of the best of these trials, and how much it is corrected.

    A trial that was stopped early is left out: it could not win, and has no score on the other rows. Rows
    without a prediction (the holdout, the first rows of a temporal split) are left out too.

    Args:
        oof: Shape (trials, n) or (trials, replicates, n): out-of-fold predictions, NaN where there is none.
        y: Shape (n,).
        metric: What the search compares trials by; averaged over replicates.
        seed: Of the bootstrap.
        groups: Shape (n,): rows with the same number are drawn together, as the split kept them.
        draws: Bootstrap samples; fewer where rows are many.
    """
    whole, y, groups = complete_predictions(oof if oof.ndim == 3 else oof[:, None, :], y, groups)
    if len(y) < 2 or len(whole) == 0:
        return Bias(float("nan"), 0.0, 0.0, np.empty(0), len(whole))
    counts = draw_counts(len(y), groups, draws, seed)
    within = metric.signed(mean_scores(metric, y, whole, counts))
    chosen = np.argmax(np.where(np.isnan(within), -np.inf, within), axis=0)
    outside = (counts == 0).astype(np.float64)
    out = np.full(counts.shape[1], np.nan)
    for trial in np.unique(chosen):
        won = chosen == trial
        out[won] = metric.signed(mean_scores(metric, y, whole[[trial]], outside[:, won])[0])
    inside = within[chosen, np.arange(len(chosen))]
    defined = np.isfinite(inside) & np.isfinite(out)
    if not defined.any():
        return Bias(float("nan"), 0.0, 0.0, np.empty(0), len(whole))
    best = float(np.nanmax(metric.signed(mean_scores(metric, y, whole, np.ones((len(y), 1))))))
    estimate, in_bag = float(out[defined].mean()), float(np.mean(inside[defined] - out[defined]))
    return Bias(metric.signed(estimate), best - estimate, in_bag, metric.signed(out[defined]), len(whole))
