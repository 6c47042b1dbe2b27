"""The score that is quoted of a search's winner, with its interval.

What each part is worth was measured by `benchmarks/overtuning` on tables other than those it quotes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation.metrics import TASKS
from cip_exp.selection.bias import averaged_score, row_error, selection_bias
from cip_exp.selection.confirmation import FOLDER
from cip_exp.track import sweep_folder as folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cip_exp.records.trial import Trial
    from cip_exp.trial.final import FinalModel
    from cip_exp.trial.prepare import PreparedData


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


def combine_scores(
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


BOOTSTRAP_SEED = 0

BEGINNINGS = ("as searched ", "quote ")
"""Of what `sentence` says."""


def holdout_interval(cell: PreparedData, final: FinalModel) -> dict[str, float]:
    """Return the 95 % interval of the primary metric on the holdout, by its sampling error over rows."""
    metric, value = TASKS[cell.features.task].metric, final.test.get(TASKS[cell.features.task].primary)
    error = _holdout_error(cell, final)
    if value is None or error is None:
        return {}
    low, high = np.clip([value - Z * error, value + Z * error], *metric.bounds)
    return {f"test_{metric.name}_low": float(low), f"test_{metric.name}_high": float(high)}


def quote_winner(
    sweep_folder: Path, cell: PreparedData, final: FinalModel, winner: Trial, confirmed: Trial | None,
    rivals: Sequence[list[Trial]],
) -> dict[str, float]:  # fmt: skip
    """Return the winner's quoted score with its interval, its parts, and what the search flattered it by.

    Segments have no target whose rows could be drawn again: of them only the optimism is known.
    """
    metric = TASKS[cell.features.task].metric
    name = f"cv_{metric.name}_mean"
    best = confirmed or winner
    found = {"optimism": winner.metrics[name] - confirmed.metrics[name]} if confirmed is not None else {}
    if cell.features.y is None:
        return found
    y, groups = _labels(cell), _groups(cell)
    trials = [each for (each,) in rivals if "cip.duplicate_of" not in each.tags]
    oof = np.stack([folder.read_oof(sweep_folder, each.number) for each in trials])
    bias = selection_bias(oof, y, metric, BOOTSTRAP_SEED, groups)
    where = sweep_folder if confirmed is None else sweep_folder / FOLDER
    again = folder.read_oof(where, best.number)
    # Averaged over the fresh repeats, as the final fit is over seeds: a single fit's score is too low for it.
    error = row_error(again.mean(axis=0), y, metric, BOOTSTRAP_SEED, groups)
    if not np.isfinite(error):
        return found
    test, test_error = final.test.get(metric.name), _holdout_error(cell, final)
    fresh = averaged_score(again, y, metric)
    quoted = combine_scores(fresh, bias.bias, error, test, test_error, metric.bounds)
    ends = {"": quoted.value, "_low": quoted.low, "_high": quoted.high}
    found |= {f"quoted_{metric.name}{end}": value for end, value in ends.items()}
    return found | ({f"bbc_{metric.name}": bias.estimate} if np.isfinite(bias.estimate) else {})


def quote_note(metrics: Mapping[str, float], metric: str, confirmed: Trial | None) -> str:
    """Say in a line what a search saw of its winner, and what is to be quoted instead."""
    parts = []
    if confirmed is not None:
        again, folds = confirmed.metrics[f"cv_{metric}_mean"], len(confirmed.folds[metric])
        flattered = metrics["optimism"]
        parts.append(
            f"as searched {again + flattered:.4f}, on {folds} fresh folds {again:.4f} "
            f"(optimism {flattered:.4f})"
        )
    if f"quoted_{metric}" in metrics:
        value, low, high = (metrics[f"quoted_{metric}{end}"] for end in ("", "_low", "_high"))
        parts.append(f"quote {value:.4f}, 95 % {low:.4f} to {high:.4f}")
    return "; ".join(parts)


def _holdout_error(cell: PreparedData, final: FinalModel) -> float | None:
    """Return the standard error over rows of the score on the holdout; None where there is none."""
    y = cell.split.final.y_test
    if y is None or not final.test:
        return None
    groups = _groups(cell)
    sealed = None if groups is None else groups[cell.split.final.test]
    metric = TASKS[cell.features.task].metric
    error = row_error(final.prediction, y, metric, BOOTSTRAP_SEED, sealed)
    return error if np.isfinite(error) else None


def _labels(cell: PreparedData) -> NDArray[np.float64]:
    """Return each row's label where it was held out, shape (n,); NaN where it never was."""
    y = np.full(len(cell.features.X), np.nan)
    for fold in cell.split.folds:
        if fold.replicate == 0 and fold.y_test is not None:
            y[fold.test] = fold.y_test
    return y


def _groups(cell: PreparedData) -> NDArray[np.int64] | None:
    return cell.features.twins if cell.split.twins_grouped else None
