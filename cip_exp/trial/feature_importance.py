"""Feature importance of a fitted pipeline: impurity and permutation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    Scorer = str | Callable[[Any, pd.DataFrame, Any], float] | None


REPEATS = 5
ROWS = 2000
"""Of larger tables a sample is permuted: the ranking is for people, and each repeat predicts every row."""


def feature_importance(
    pipeline: Pipeline, X: pd.DataFrame, y: NDArray[np.float64] | None, seed: int, scorer: Scorer = None
) -> pd.DataFrame:
    """Return feature, impurity, permutation_mean and permutation_std, the most important first.

    A feature made by one of our own builders counts as such, not by the raw columns behind it; the
    columns that an encoder made of one feature count as that feature. `impurity` is NaN where the
    model has none.

    Args:
        pipeline: fitted; its last step is the model.
        X: rows as the pipeline takes them, shape (n, p).
        y: targets, shape (n,); None for clusters.
        seed: of the permutations, and of the sample above 2,000 rows.
        scorer: as scikit-learn takes it, a name or a function of (estimator, X, y); None for the
            model's own score.
    """
    import pandas as pd
    from sklearn.inspection import permutation_importance

    while _is_builder(pipeline[0]):
        X, pipeline = pipeline[0].transform(X), pipeline[1:]
    if len(X) > ROWS:
        chosen = np.random.default_rng(seed).choice(len(X), ROWS, replace=False)
        X, y = X.iloc[chosen], None if y is None else y[chosen]
    found = permutation_importance(pipeline, X, y, scoring=scorer, n_repeats=REPEATS, random_state=seed)
    names = [str(name) for name in X.columns]
    table = pd.DataFrame(
        {
            "feature": names,
            "impurity": _impurity(pipeline, names),
            "permutation_mean": found.importances_mean,
            "permutation_std": found.importances_std,
        }
    )
    return table.sort_values("permutation_mean", ascending=False, kind="stable", ignore_index=True)


def _is_builder(step: Any) -> bool:
    """Tell whether a step is a transformer of this package."""
    return type(step).__module__.startswith("cip_exp.") and hasattr(step, "transform")


def _impurity(pipeline: Pipeline, names: Sequence[str]) -> NDArray[np.float64]:
    """Return the model's own importances, summed over the columns made of one feature; NaN without any."""
    importances = getattr(pipeline[-1], "feature_importances_", None)
    if importances is None:
        return np.full(len(names), np.nan)
    made = (
        pipeline[:-1].get_feature_names_out(np.asarray(names, dtype=object)) if len(pipeline) > 1 else names
    )
    totals = dict.fromkeys(names, 0.0)
    for name, value in zip(made, importances, strict=True):
        totals[_source(str(name), names)] += float(value)
    return np.array([totals[name] for name in names])


def _source(made: str, names: Sequence[str]) -> str:
    """Return the feature that a prepared column comes from: `texts__region_North` from `region`."""
    plain = made.rpartition("__")[2]
    if plain in names:
        return plain
    return max((name for name in names if plain.startswith(f"{name}_")), key=len)
