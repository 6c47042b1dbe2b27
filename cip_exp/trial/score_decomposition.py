"""What a score owes to leaks, copies and repetition: the same model, with one illusion less each time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.errors import UserError
from cip_exp.features.build import build
from cip_exp.trial.decomposition import Decomposition, decompose
from cip_exp.trial.prepare import prepare
from cip_exp.trial.run import mean_score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings


MOST_ROWS = 10_000
"""On larger tables four more evaluations would cost more than they tell."""


def decompose_score(settings: Settings) -> Decomposition | None:
    """Return the four scores of a configuration whose cell the audit accuses; None for any other.

    The scores are those of its first seed's folds. Segments have no target that could leak, and are left out.
    """
    cell = prepare(settings)
    features = cell.features
    accused = cell.words not in ("ok", "suspect", "unaudited")
    if not accused or features.y is None or len(features.X) > MOST_ROWS:
        return None
    equal = features.X.assign(_target=features.y).groupby(
        [*features.names, "_target"], dropna=False, observed=True
    )
    copies = np.asarray(equal.ngroup(), dtype=np.int64)

    def score(names: Sequence[str], together: bool, rows: NDArray[np.int64] | None) -> float:
        return _score_variant(settings, names, together, rows)

    return decompose(score, features.names, cell.accused, copies)


def decomposition_metrics(found: Decomposition) -> dict[str, float]:
    """Return the four scores by the names MLflow gets."""
    scores = {
        "score_twins_apart": found.random,
        "score_twins_together": found.grouped,
        "score_each_row_once": found.distinct,
        "score_without_accused": found.unaccused,
    }
    return {name: value for name, value in scores.items() if np.isfinite(value)}


def decomposition_note(found: Decomposition, metric: str, seed: int) -> str:
    """Say the four scores in a line; what could not be scored is left out."""
    without = ", ".join(found.accused) or "any column"
    steps = [
        (found.random, "with copies on both sides"),
        (found.grouped, "with copies kept together"),
        (found.distinct, f"on the {found.n_distinct} different rows alone"),
        (found.unaccused if found.accused else float("nan"), f"there without {without}"),
    ]
    parts = [f"{score:.4f} {what}" for score, what in steps if np.isfinite(score)]
    return f"{metric} of seed {seed}: {', '.join(parts)}"


def _score_variant(
    settings: Settings, names: Sequence[str], together: bool, rows: NDArray[np.int64] | None
) -> float:
    """Return the mean score of the first seed; NaN where too little is left to be divided."""
    twins = "group" if together else "keep"
    scheme = "stratified" if settings.split.name == "grouped" and not together else settings.split.name
    varied = replace(
        settings,
        features=replace(settings.features, columns=list(names)),
        split=replace(settings.split, name=scheme, twins=twins),
        seeds=replace(settings.seeds, replicates=[settings.replicates[0]]),
    )
    table = prepare(settings).features.table
    if rows is not None:
        table = replace(table, frame=table.frame.iloc[rows].reset_index(drop=True))
    try:
        features = build(table, varied.features, settings.model.task)
        return mean_score(varied, features)
    except UserError:
        return float("nan")
