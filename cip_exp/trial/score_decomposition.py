"""How much of a score is due to copies, repeated rows and leaking columns.

The same model is scored four times: with copies on both sides of the split, with copies kept together, with
each distinct row once, and without the accused columns. The differences add up to the first score.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.errors import UserError
from cip_exp.features.build import build
from cip_exp.features.copy_search.joined_numbers import joined
from cip_exp.trial.prepare import prepare
from cip_exp.trial.run import mean_score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings

    Rows = NDArray[np.int64]
    Score = Callable[[Sequence[str], bool, Rows | None], float]
    """Feature names, whether copies stay together, and the rows to use (None for all) → a mean score."""

MOST_ROWS = 10_000
"""Larger tables are not decomposed: four more evaluations take too long."""


@dataclass(frozen=True)
class Decomposition:
    """The four scores; NaN where nothing is left to score."""

    random: float
    """Rows split at random, copies on both sides."""
    grouped: float
    """Copies kept together."""
    distinct: float
    """Each distinct row once."""
    unaccused: float
    """Each distinct row once, without the accused columns."""
    n_rows: int
    n_distinct: int
    accused: tuple[str, ...]

    @property
    def twins(self) -> float:
        """What copies on both sides add to the score."""
        return self.random - self.grouped

    @property
    def degeneracy(self) -> float:
        """What the weight of repeated rows adds to the score."""
        return self.grouped - self.distinct

    @property
    def leaks(self) -> float:
        """What the accused columns add to the score."""
        return self.distinct - self.unaccused


def decompose_score(settings: Settings) -> Decomposition | None:
    """Return the four scores of a configuration; None where the audit accuses its data of nothing.

    The scores are means over the folds of the first seed. Segments have no target and are left out.
    """
    prepared = prepare(settings)
    features = prepared.features
    accused = prepared.words not in ("ok", "suspect", "unaudited")
    if not accused or features.y is None or len(features.X) > MOST_ROWS:
        return None
    equal = features.X.assign(_target=features.y).groupby(
        [*features.names, "_target"], dropna=False, observed=True
    )
    copies = np.asarray(equal.ngroup(), dtype=np.int64)
    found = features.copies
    if found is not None and found.near is not None and found.near.linked:
        copies = joined([copies, found.numbers])

    def score(names: Sequence[str], together: bool, rows: Rows | None) -> float:
        return _score_variant(settings, names, together, rows)

    return decompose(score, features.names, prepared.accused, copies)


def decompose(score: Score, names: Sequence[str], accused: Sequence[str], copies: Rows) -> Decomposition:
    """Call `score` for each of the four variants.

    Args:
        score: scores one variant.
        names: all features.
        accused: those that the audit calls leaks.
        copies: shape (n,): rows with the same number are equal in features and target, or near copies.
    """
    once = np.sort(np.unique(copies, return_index=True)[1]).astype(np.int64)
    repeated = len(once) < len(copies)
    random = score(names, False, None)
    grouped = score(names, True, None) if repeated else random
    distinct = score(names, True, once) if repeated else random
    kept = [name for name in names if name not in accused]
    if len(kept) == len(names):
        unaccused = distinct
    else:
        unaccused = score(kept, True, once if repeated else None) if kept else float("nan")
    return Decomposition(random, grouped, distinct, unaccused, len(copies), len(once), tuple(accused))


def decomposition_metrics(found: Decomposition) -> dict[str, float]:
    """Return the four scores under the names that are recorded."""
    scores = {
        "score_twins_apart": found.random,
        "score_twins_together": found.grouped,
        "score_each_row_once": found.distinct,
        "score_without_accused": found.unaccused,
    }
    return {name: value for name, value in scores.items() if np.isfinite(value)}


def decomposition_note(found: Decomposition, metric: str, seed: int) -> str:
    """Return the four scores as one line; a score that is NaN is left out."""
    without = ", ".join(found.accused) or "any column"
    steps = [
        (found.random, "with copies on both sides"),
        (found.grouped, "with copies kept together"),
        (found.distinct, f"on the {found.n_distinct} different rows alone"),
        (found.unaccused if found.accused else float("nan"), f"there without {without}"),
    ]
    parts = [f"{score:.4f} {what}" for score, what in steps if np.isfinite(score)]
    return f"{metric} of seed {seed}: {', '.join(parts)}"


def _score_variant(settings: Settings, names: Sequence[str], together: bool, rows: Rows | None) -> float:
    """Return the mean score of the first seed; NaN where too few rows are left to split."""
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
