"""The score that is quoted of a search's winner, with its interval.

The constants were chosen by `benchmarks/overtuning` on tables other than those that it reports on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation.metrics import metric_of
from cip_exp.evaluation.row_bootstrap import BOOTSTRAP_SEED, averaged_score, row_error
from cip_exp.evaluation.statistics import Z_95
from cip_exp.records.vocabulary import BBC, OPTIMISM, cv_metric, quoted_metric
from cip_exp.selection.bias import selection_bias
from cip_exp.trial.final import holdout_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cip_exp.records.trial import Trial
    from cip_exp.trial.final import FinalModel
    from cip_exp.trial.prepare import PreparedData

    Array = NDArray[np.float64]


BIAS_SHARE = 0.25
"""Share of the bootstrap's bias that is left in a score on fresh splits."""
HOLDOUT_ERROR = 2.0
"""Least standard error of the holdout, in those of the fresh score: it has a quarter of the rows. Its own
bootstrap, of few rows, is noise, and 0 where every prediction happens to be right."""
WIDENING = 1.25
"""Factor on the standard error: which rows were drawn is not the only source of error."""


@dataclass(frozen=True)
class Quote:
    """A winner's quoted score, where greater is better, with its 95 % interval and its parts."""

    value: float
    low: float
    """NaN where the fresh score has no standard error."""
    high: float
    fresh: float
    """Its score on the fresh splits."""
    bias: float
    """Selection bias that was subtracted."""
    holdout_weight: float
    """Share of the holdout in the value; 0 without one."""


def combine_scores(
    fresh: float,
    bias: float,
    row_se: float,
    test: float | None = None,
    test_se: float | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Quote:
    """Combine the scores of one winner: on fresh splits, its selection bias, and on the holdout.

    Greater is better: a loss comes in and goes out as `Metric.signed`.

    Args:
        fresh: The winner's score on the fresh splits. Where the final fit is averaged over
            seeds, the `averaged_score` of the fresh repeats: a single fit's score is too low for it.
        bias: `selection_bias(...).bias` over the trials of the search; NaN where there is none.
        row_se: `row_error` of the same predictions as `fresh`, averaged first where those are.
        test: Its score on the holdout; None where that is not opened.
        test_se: `row_error` of its predictions of the holdout.
        bounds: `Metric.signed_bounds`.
    """
    taken = BIAS_SHARE * max(0.0, bias) if np.isfinite(bias) else 0.0
    value, variance, weight = fresh - taken, row_se**2, 0.0
    if test is not None and test_se is not None and np.isfinite([test, test_se, row_se]).all():
        error = max(test_se, HOLDOUT_ERROR * row_se)
        weight = variance / (variance + error**2) if error else 0.0
        value = (1 - weight) * value + weight * test
        variance = (1 - weight) * variance
    half = Z_95 * WIDENING * float(np.sqrt(variance))
    value, low, high = (float(np.clip(each, *bounds)) for each in (value, value - half, value + half))
    return Quote(value, low, high, fresh, taken, weight)


def quote_winner(
    prepared: PreparedData,
    final: FinalModel,
    winner: Trial,
    confirmed: Trial | None,
    oof: Array,
    fresh: Array,
) -> dict[str, float]:
    """Return the quoted score of a search's winner, with its interval, its parts, and the search's optimism.

    Segments have no target, so no rows can be drawn again: only their optimism is returned.

    Args:
        prepared: the winner's data.
        final: its final model.
        winner: as the search saw it.
        confirmed: the same configuration on fresh splits, where there are any.
        oof: shape (trials, replicates, n): out-of-fold predictions of all its rivals, the winner included.
        fresh: shape (repeats, n): those of the winner on fresh splits, or else of the search.
    """
    metric = metric_of(winner)
    name = cv_metric(metric.name)
    found = {}
    if confirmed is not None:
        found[OPTIMISM] = metric.gap(winner.metrics[name], confirmed.metrics[name])
    if prepared.features.y is None:
        return found
    y, groups = _labels(prepared), prepared.row_groups
    bias = selection_bias(oof, y, metric, BOOTSTRAP_SEED, groups)
    # Averaged over the fresh repeats, as the final model is over seeds: one fit's score is too low for it.
    error = row_error(fresh.mean(axis=0), y, metric, BOOTSTRAP_SEED, groups)
    if not np.isfinite(error):
        return found
    test, test_error = final.test.get(metric.name), holdout_error(prepared, final, metric)
    signed = metric.signed
    quoted = combine_scores(
        signed(averaged_score(fresh, y, metric)), bias.bias, error,
        None if test is None else signed(test), test_error, metric.signed_bounds,
    )  # fmt: skip
    low, high = sorted((signed(quoted.low), signed(quoted.high)))
    ends = {"": signed(quoted.value), "_low": low, "_high": high}
    found |= {f"{quoted_metric(metric.name)}{end}": value for end, value in ends.items()}
    return found | ({f"{BBC}{metric.name}": bias.estimate} if np.isfinite(bias.estimate) else {})


def quote_note(metrics: Mapping[str, float], metric: str, confirmed: Trial | None) -> str:
    """Return one line: the winner's score in the search, on fresh folds, and the score to quote."""
    parts = []
    if confirmed is not None:
        again, folds = confirmed.metrics[cv_metric(metric)], len(confirmed.folds[metric])
        optimism, signed = metrics[OPTIMISM], metric_of(confirmed).signed
        parts.append(
            f"as searched {signed(signed(again) + optimism):.4f}, on {folds} fresh folds {again:.4f} "
            f"(optimism {optimism:.4f})"
        )
    name = quoted_metric(metric)
    if name in metrics:
        value, low, high = (metrics[f"{name}{end}"] for end in ("", "_low", "_high"))
        parts.append(f"quote {value:.4f}, 95 % {low:.4f} to {high:.4f}")
    return "; ".join(parts)


def _labels(prepared: PreparedData) -> NDArray[np.float64]:
    """Return each row's label where it was held out, shape (n,); NaN where it never was."""
    y = np.full(len(prepared.features.X), np.nan)
    for fold in prepared.split.folds:
        if fold.replicate == 0 and fold.y_test is not None:
            y[fold.test] = fold.y_test
    return y
