"""The score that is quoted of a search's winner, with its interval.

What each part is worth was measured by `benchmarks/overtuning` on tables other than those it quotes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BIAS_SHARE = 0.25
"""How much of the bias that the bootstrap found is still in a score on fresh splits."""
HOLDOUT_ERROR = 2.0
"""Least standard error of the holdout, in those of the fresh score: it has a quarter of the rows. Its own
bootstrap, of few rows, is noise, and 0 where every prediction happens to be right."""
WIDENING = 1.25
"""Factor on the standard error: which rows were drawn is not the only source of error."""
Z = 1.96


@dataclass(frozen=True)
class Quote:
    """A winner's quoted score, in the metric's own unit, with its 95 % interval and its parts."""

    value: float
    low: float
    """NaN where the fresh score has no standard error."""
    high: float
    fresh: float
    """Its score on the fresh splits."""
    bias: float
    """What was taken off that for the winner's luck."""
    holdout_weight: float
    """Share of the holdout in the value; 0 without one."""


def quote(
    fresh: float,
    bias: float,
    row_se: float,
    test: float | None = None,
    test_se: float | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Quote:
    """Combine what fresh splits, the bootstrap and the sealed holdout say of one winner.

    Args:
        fresh: The winner's score on the fresh splits; greater is better. Where the final fit is averaged over
            seeds, the `averaged_score` of the fresh repeats: a single fit's score is too low for it.
        bias: `selection_bias(...).bias` over the trials of the search; NaN where there is none.
        row_se: `row_error` of the same predictions as `fresh`, averaged first where those are.
        test: Its score on the holdout; None where that is not opened.
        test_se: `row_error` of its predictions of the holdout.
        bounds: `Metric.bounds`.
    """
    taken = BIAS_SHARE * max(0.0, bias) if np.isfinite(bias) else 0.0
    value, variance, weight = fresh - taken, row_se**2, 0.0
    if test is not None and test_se is not None and np.isfinite([test, test_se, row_se]).all():
        error = max(test_se, HOLDOUT_ERROR * row_se)
        weight = variance / (variance + error**2) if error else 0.0
        value = (1 - weight) * value + weight * test
        variance = (1 - weight) * variance
    half = Z * WIDENING * float(np.sqrt(variance))
    value, low, high = (float(np.clip(each, *bounds)) for each in (value, value - half, value + half))
    return Quote(value, low, high, fresh, taken, weight)
