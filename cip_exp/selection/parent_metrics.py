"""The metrics of a sweep's parent run: counts, and the best winner where the cells can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cip_exp.records.grouping import axis_values
from cip_exp.records.vocabulary import NESTED, OF_A_SEARCH, Tag, holdout_metric
from cip_exp.report import tables
from cip_exp.selection.winner import best_winner, is_outer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cip_exp.records.sweep_context import SweepContext
    from cip_exp.records.trial import Trial
    from cip_exp.selection.winner import Winner


def parent_metrics(
    trials: Sequence[Trial],
    confirmed: Sequence[Trial],
    winners: Sequence[Winner],
    sweep: SweepContext,
    n_openings: int,
) -> dict[str, float]:
    """Return the metrics of the parent run.

    Args:
        trials: of the sweep.
        confirmed: of its confirm stage.
        winners: one for each question.
        sweep: what was swept.
        n_openings: of the holdout, for winners.
    """
    states = [trial.state for trial in trials]
    counts: dict[str, float] = {
        "n_trials": len(trials), "n_complete": states.count("complete"), "n_failed": states.count("failed"),
        "n_pruned": states.count("pruned"), "n_confirm": len(confirmed),
        "n_fits": _count_fits(trials), "n_confirm_fits": _count_fits(confirmed),
    }  # fmt: skip
    best = best_winner(winners)
    if best is None:
        return counts
    row, metric = tables.summarise(best.shown), best.members[0].primary
    opened = states.count("complete") if sweep.open_holdout else n_openings
    won = best.members[0].metrics
    of_the_search = {name: value for name, value in won.items() if name.startswith(OF_A_SEARCH)}
    return counts | of_the_search | _nested(winners, best, sweep) | {
        "best_objective": row["objective"], f"best_cv_{metric}": row["cv_mean"],
        f"best_test_{metric}": row["test_mean"], "holdout_openings": opened,
    }  # fmt: skip


def nested_notes(figures: Mapping[str, float]) -> list[str]:
    """Return the score of the whole procedure on outer folds that its searches did not see, as a line."""
    folds = int(figures.get("n_outer_folds", 0))
    return [
        f"{name.removeprefix(NESTED)} of the whole procedure, search included: {value:.4f} "
        f"on {folds} outer folds"
        for name, value in figures.items()
        if name.startswith(NESTED)
    ]


def _count_fits(trials: Sequence[Trial]) -> int:
    """Count the fitted folds; duplicates fit none."""
    own = [trial for trial in trials if Tag.DUPLICATE_OF not in trial.tags]
    return sum(len(scores) for trial in own for scores in trial.folds.values())


def _nested(winners: Sequence[Winner], best: Winner, sweep: SweepContext) -> dict[str, float]:
    """Return the mean score of the outer folds' winners on rows that no search saw."""
    axes = [axis for axis in sweep.axes if axis != "split.outer"]
    values, metric = axis_values(best.members[0], axes), best.members[0].primary
    outer = [winner.members[0] for winner in winners if is_outer(winner.members[0])]
    same = [each for each in outer if axis_values(each, axes) == values]
    scores = [each.metrics[name] for each in same if (name := holdout_metric(metric)) in each.metrics]
    if not scores:
        return {}
    return {f"{NESTED}{metric}": float(np.mean(scores)), "n_outer_folds": float(len(scores))}
