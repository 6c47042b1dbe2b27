"""Complete a scored trial: final model, holdout with its interval, decomposition of the score.

Single runs, winners of sweeps and reproductions are completed here alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.evaluation.metrics import TASKS
from cip_exp.records.vocabulary import holdout_metric
from cip_exp.trial.final import FinalModel, fit_and_open_holdout, holdout_interval
from cip_exp.trial.prepare import PreparedData, prepare
from cip_exp.trial.score_decomposition import decompose_score, decomposition_metrics, decomposition_note

if TYPE_CHECKING:
    from cip_exp.config.settings import Settings

SEARCH_SEEDS = 5
"""Fits that the final model of a search's winner averages."""


@dataclass(frozen=True, eq=False)
class Completion:
    """What a completed trial has beyond its evaluation."""

    prepared: PreparedData
    final: FinalModel
    metrics: dict[str, float]
    """Scores on the holdout; in full also their interval and the decomposition."""
    notes: tuple[str, ...] = ()
    in_full: bool = True


def complete(
    settings: Settings, n_seeds: int = 1, *, in_full: bool = True, final: FinalModel | None = None
) -> Completion:
    """Fit the final model, score it on the holdout, and decompose the score.

    Args:
        settings: of the trial.
        n_seeds: fits to average, unless `refit.seeds` gives a number.
        in_full: with the holdout's interval and the decomposition; False for the holdout's scores alone.
        final: the final model, where it is fitted already.
    """
    if final is None:
        prepared, final = fit_and_open_holdout(settings, n_seeds)
    else:
        prepared = prepare(settings)
    metrics = {holdout_metric(name): value for name, value in final.test.items() if np.isfinite(value)}
    if not in_full:
        return Completion(prepared, final, metrics, in_full=False)
    metrics |= holdout_interval(prepared, final, TASKS[settings.model.task].metrics[settings.metric])
    found = decompose_score(settings)
    if found is None:
        return Completion(prepared, final, metrics)
    note = decomposition_note(found, settings.metric, settings.replicates[0])
    return Completion(prepared, final, decomposition_metrics(found) | metrics, (note,))
