"""Feature importance of a fitted pipeline: impurity and permutation."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from cip_exp.trial.importance_screen import screen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    Floats = NDArray[np.float64]
    Scorer = str | Callable[[Any, Any, Any], float] | None


REPEATS = 5
ROWS = 2000
"""Of larger tables a sample is permuted: the ranking is for people, and each repeat predicts every row."""
MOST_PERMUTED = 50
"""Of wider tables the features that rank highest by `importance_screen.screen` are permuted."""


def feature_importance(
    pipeline: Pipeline, X: pd.DataFrame, y: NDArray[np.float64] | None, seed: int, scorer: Scorer = None
) -> pd.DataFrame:
    """Return feature, impurity, permutation_mean and permutation_std, the most important first.

    A feature made by one of our own builders counts as such, not by the raw columns behind it; the
    columns that an encoder made of one feature count as that feature. `impurity` is NaN where the
    model has none; the other two are NaN for features that were not permuted.

    Args:
        pipeline: fitted; its last step is the model.
        X: rows as the pipeline takes them, shape (n, p).
        y: targets, shape (n,); None for clusters.
        seed: of the permutations, and of the sample above 2,000 rows.
        scorer: as scikit-learn takes it, a name or a function of (estimator, X, y); None for the
            model's own score.
    """
    import pandas as pd

    while _is_builder(pipeline[0]):
        X, pipeline = pipeline[0].transform(X), pipeline[1:]
    if len(X) > ROWS:
        chosen = np.random.default_rng(seed).choice(len(X), ROWS, replace=False)
        X, y = X.iloc[chosen], None if y is None else y[chosen]
    names = [str(name) for name in X.columns]
    table = pd.DataFrame({"feature": names, "impurity": _impurity(pipeline, names)})
    order = np.arange(len(names))
    if len(names) <= MOST_PERMUTED:
        losses = _permute(pipeline, X, y, seed, scorer)
    else:
        rows = pipeline[:-1].transform(X) if len(pipeline) > 1 else X
        columns = list(_columns_by_feature(pipeline, names).values())
        order = np.argsort(-screen(pipeline[-1], rows, columns), kind="stable")
        permuted = [columns[at] for at in order[:MOST_PERMUTED]]
        losses = _permute_prepared(pipeline[-1], rows, y, permuted, seed, scorer)
    for name, values in zip(("permutation_mean", "permutation_std"), losses, strict=True):
        table[name] = pd.Series(values, index=order[:MOST_PERMUTED])
    table = table.iloc[order]
    return table.sort_values("permutation_mean", ascending=False, kind="stable", ignore_index=True)


def count_permuted(table: str | None) -> int | None:
    """Return how many features of a table, given as CSV, were permuted; None without a table."""
    import pandas as pd

    if table is None:
        return None
    return int(pd.read_csv(io.StringIO(table))["permutation_mean"].notna().sum())


def _is_builder(step: Any) -> bool:
    """Tell whether a step is a transformer of this package."""
    return type(step).__module__.startswith("cip_exp.") and hasattr(step, "transform")


def _permute(fitted: Any, X: Any, y: Any, seed: int, scorer: Scorer) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the loss of score for each column of X."""
    from sklearn.inspection import permutation_importance

    found = permutation_importance(fitted, X, y, scoring=scorer, n_repeats=REPEATS, random_state=seed)
    return found.importances_mean, found.importances_std


def _permute_prepared(
    model: Any, rows: Any, y: Any, features: Sequence[NDArray[np.int64]], seed: int, scorer: Scorer
) -> tuple[Floats, Floats]:
    """Return the same for some features, without preparing the other columns again for each repeat.

    Args:
        model: the last step of the pipeline.
        rows: as the model takes them.
        y: targets.
        features: the positions in `rows` of the columns that belong to each feature.
        seed: of the permutations.
        scorer: see `feature_importance`.
    """
    from sklearn.metrics import check_scoring

    own, score = np.arange(len(rows)), check_scoring(model, scorer)

    def score_in_order(_: Any, order: NDArray[np.int64], y: Any) -> float:
        moved = rows
        for at in np.flatnonzero((order != own[:, None]).any(axis=0)):
            moved = _reordered(moved, features[int(at)], order[:, at])
        return float(score(model, moved, y))

    # What scikit-learn permutes are row numbers, a column of them for each feature.
    return _permute(model, np.tile(own[:, None], (1, len(features))), y, seed, score_in_order)


def _reordered(rows: Any, columns: NDArray[np.int64], order: NDArray[np.int64]) -> Any:
    """Return a copy whose values in these columns are in another order of the rows."""
    if not hasattr(rows, "iloc"):
        moved = np.copy(rows)
        moved[:, columns] = rows[np.ix_(order, columns)]
        return moved
    moved = rows.copy(deep=False)
    for at in columns:
        moved.isetitem(int(at), rows.iloc[order, at].to_numpy())
    return moved


def _columns_by_feature(pipeline: Pipeline, names: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Return the positions of the prepared columns that come from each feature."""
    made: Sequence[str] = names
    if len(pipeline) > 1:
        made = pipeline[:-1].get_feature_names_out(np.asarray(names, dtype=object))
    found: dict[str, list[int]] = {name: [] for name in names}
    for at, name in enumerate(made):
        found[_source(str(name), found)].append(at)
    return {name: np.array(at, dtype=np.int64) for name, at in found.items()}


def _impurity(pipeline: Pipeline, names: Sequence[str]) -> NDArray[np.float64]:
    """Return the model's own importances, summed over the columns made of one feature; NaN without any."""
    importances = getattr(pipeline[-1], "feature_importances_", None)
    if importances is None:
        return np.full(len(names), np.nan)
    columns = _columns_by_feature(pipeline, names)
    return np.array([sum((float(importances[one]) for one in at), 0.0) for at in columns.values()])


def _source(made: str, names: Mapping[str, Any]) -> str:
    """Return the feature that a prepared column comes from: `texts__region_North` from `region`."""
    for plain in (made, made.partition("__")[2]):
        while plain:
            if plain in names:
                return plain
            plain = plain.rpartition("_")[0]
    msg = f"the prepared column {made} comes from no feature"
    raise ValueError(msg)
