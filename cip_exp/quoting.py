"""What is quoted of a winner: from fresh splits, from the predictions of all its rivals, from the holdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.confirm.bias import averaged_score, row_error, selection_bias
from cip_exp.confirm.quote import quote
from cip_exp.confirming import FOLDER
from cip_exp.metrics import TASKS
from cip_exp.track import folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cip_exp.records import Trial
    from cip_exp.trial import Cell, Final

BOOTSTRAP_SEED = 0
BEGINNINGS = ("as searched ", "quote ")
"""Of what `sentence` says."""
Z = 1.96


def holdout_interval(cell: Cell, final: Final) -> dict[str, float]:
    """Return the 95 % interval of the primary metric on the holdout, by its sampling error over rows."""
    metric, value = TASKS[cell.features.task].metric, final.test.get(TASKS[cell.features.task].primary)
    error = _holdout_error(cell, final)
    if value is None or error is None:
        return {}
    low, high = np.clip([value - Z * error, value + Z * error], *metric.bounds)
    return {f"test_{metric.name}_low": float(low), f"test_{metric.name}_high": float(high)}


def quote_winner(
    sweep_folder: Path, cell: Cell, final: Final, winner: Trial, confirmed: Trial | None,
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
    quoted = quote(fresh, bias.bias, error, test, test_error, metric.bounds)
    ends = {"": quoted.value, "_low": quoted.low, "_high": quoted.high}
    found |= {f"quoted_{metric.name}{end}": value for end, value in ends.items()}
    return found | ({f"bbc_{metric.name}": bias.estimate} if np.isfinite(bias.estimate) else {})


def sentence(metrics: Mapping[str, float], metric: str, confirmed: Trial | None) -> str:
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


def _holdout_error(cell: Cell, final: Final) -> float | None:
    """Return the standard error over rows of the score on the holdout; None where there is none."""
    y = cell.split.final.y_test
    if y is None or not final.test:
        return None
    groups = _groups(cell)
    sealed = None if groups is None else groups[cell.split.final.test]
    metric = TASKS[cell.features.task].metric
    error = row_error(final.prediction, y, metric, BOOTSTRAP_SEED, sealed)
    return error if np.isfinite(error) else None


def _labels(cell: Cell) -> NDArray[np.float64]:
    """Return each row's label where it was held out, shape (n,); NaN where it never was."""
    y = np.full(len(cell.features.X), np.nan)
    for fold in cell.split.folds:
        if fold.replicate == 0 and fold.y_test is not None:
            y[fold.test] = fold.y_test
    return y


def _groups(cell: Cell) -> NDArray[np.int64] | None:
    return cell.features.twins if cell.split.twins_grouped else None
