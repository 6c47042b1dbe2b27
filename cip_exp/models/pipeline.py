"""Build the pipeline of an estimator: its preparing steps are fitted inside each fold, like the model."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from cip_exp.config.estimator import PLAIN
from cip_exp.data.column_roles import many_levels as many_levels_of
from cip_exp.features.date_parts import DateParts
from cip_exp.models.weighted_bins import use_fast_bins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cip_exp.records.table import Features, Fold

MAX_LEVELS = 100
"""Columns that one text column becomes at most; its rarer levels share the last one. Without a limit, a
column of 80,000 addresses would take 50 GB."""


def pipeline(
    estimator: Any, features: Features, *, scale: bool, impute: str, many_levels: str = "target_encode"
) -> Pipeline:
    """Return the unfitted pipeline for rows as `inputs` gives them.

    Args:
        estimator: unfitted; the pipeline's last step, named `model`.
        features: their columns decide which steps are needed.
        scale: standardise numeric columns.
        impute: a strategy of `SimpleImputer` for numbers (texts get the most frequent), or `error`.
        many_levels: `target_encode` for text columns with many levels, else they are one-hot encoded.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import StandardScaler

    use_fast_bins()
    steps: list[tuple[str, Any]] = []
    if features.builder is not None:
        steps.append(("features", clone(features.builder)))
    parts = _parts(features, scale, impute, many_levels)
    if [name for name, _, _ in parts] == ["numbers"]:
        steps += _number_steps(scale, impute)
    elif parts:
        steps.append(("prepare", ColumnTransformer(parts, verbose_feature_names_out=False)))
    if is_foreign(estimator) and all(name == "features" for name, _ in steps):
        # XGBoost and LightGBM refuse names such as `income <50k`: this makes an array, and no value changes.
        steps.append(("array", StandardScaler(with_mean=False, with_std=False)))
    return Pipeline([*steps, ("model", estimator)])


def _parts(
    features: Features, scale: bool, impute: str, many_levels: str
) -> list[tuple[str, Any, list[str]]]:
    """Return a name, the steps and the columns for each kind of column that there is."""
    X = features.X
    numeric = [str(name) for name in X.select_dtypes("number").columns]
    dates = [str(name) for name in X.select_dtypes("datetime").columns]
    texts = [name for name in features.names if name not in {*numeric, *dates}]
    # Segments have no target to encode by.
    encoded = many_levels == "target_encode" and features.task != "segments"
    many = [name for name in texts if encoded and has_many_levels(X[name])]
    few = [name for name in texts if name not in set(many)]
    fill = _fill("error" if impute == "error" else "most_frequent")
    number_steps = _number_steps(scale, impute)
    found = (
        ("numbers", Pipeline(number_steps) if number_steps else "passthrough", numeric),
        ("texts", Pipeline([*fill, ("encode", _one_hot())]) if few else None, few),
        ("levels", Pipeline([*fill, *_target_encoder(scale, features.task)]) if many else None, many),
        ("dates", Pipeline([("parts", DateParts()), *number_steps]) if dates else None, dates),
    )
    return [part for part in found if part[2]]


def has_many_levels(column: pd.Series) -> bool:
    """Return whether a text column has over 50 levels, or more than a tenth of the rows and over 10."""
    categories = getattr(column, "cat", None)
    levels = column.nunique() if categories is None else len(categories.categories)
    return many_levels_of(int(levels), len(column))


def _one_hot() -> Any:
    from sklearn.preprocessing import OneHotEncoder

    # No level is dropped: with `drop` scikit-learn warns of every level that a fold has not seen.
    return OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MAX_LEVELS, sparse_output=False)


def _target_encoder(scale: bool, task: str) -> list[tuple[str, Any]]:
    """Return the steps that replace a level by the mean target of its training rows, cross-fitted."""
    from sklearn.model_selection import KFold
    from sklearn.preprocessing import StandardScaler, TargetEncoder

    kind = "binary" if task == "churn" else "continuous"
    encode = TargetEncoder(target_type=kind, cv=KFold(5, shuffle=True, random_state=0))
    return [("encode", encode), *([("scale", StandardScaler())] if scale else [])]


def is_foreign(estimator: Any) -> bool:
    """Tell whether an estimator, or one inside it, is neither scikit-learn's nor this package's."""
    home = type(estimator).__module__.partition(".")[0]
    # Reading all parameters takes longer than building the whole pipeline.
    if home == "cip_exp" or (
        home == "sklearn" and all(isinstance(v, PLAIN) for v in vars(estimator).values())
    ):
        return False
    parts = (estimator, *estimator.get_params().values())
    homes = {type(part).__module__.partition(".")[0] for part in parts if hasattr(part, "get_params")}
    return not homes <= {"sklearn", "cip_exp"}


def _fill(strategy: str) -> list[tuple[str, Any]]:
    from sklearn.impute import SimpleImputer

    if strategy == "error":
        return []
    # A column that has no value in some fold is kept, so that every fold has the same columns.
    return [("fill", SimpleImputer(strategy=strategy, keep_empty_features=True))]


def _number_steps(scale: bool, impute: str) -> list[tuple[str, Any]]:
    from sklearn.preprocessing import StandardScaler

    return [*_fill(impute), *([("scale", StandardScaler())] if scale else [])]


def inputs(features: Features) -> pd.DataFrame:
    """Return the pipeline's input: raw rows where a feature is fitted inside the fold, else the features."""
    return features.X if features.builder is None else features.table.frame


def seeded(pipe: Pipeline, seed: int) -> Pipeline:
    """Return an unfitted copy in which the model, and every estimator inside it, has `seed` as its seed."""
    copied: Pipeline = clone(pipe)
    return copied.set_params(**{f"model__{name}": seed for name in _seed_params(copied.named_steps["model"])})


def seeded_copies(estimator: Any) -> Callable[[int], Any]:
    """Return a function from a seed to an unfitted copy of a bare estimator with that seed.

    Each copy equals that of `seeded`, at a tenth of the cost where all parameters are plain values.
    """
    first = clone(estimator)
    seed_params = _seed_params(first)
    if not all(isinstance(value, PLAIN) for value in first.get_params(deep=False).values()):
        return lambda seed: clone(first).set_params(**dict.fromkeys(seed_params, seed))
    # Objects that the constructor itself creates, such as a forest's template of a tree.
    created = {name: value for name, value in vars(first).items() if not isinstance(value, PLAIN)}

    def copy_with(seed: int) -> Any:
        copied = object.__new__(type(first))
        vars(copied).update(vars(first) | copy.deepcopy(created) | dict.fromkeys(seed_params, seed))
        return copied

    return copy_with


def _seed_params(estimator: Any) -> list[str]:
    """Return the names of all parameters that are seeds, at any depth."""
    names = estimator.get_params()
    return [name for name in names if name == "random_state" or name.endswith("__random_state")]


def tune(
    pipe: Pipeline, grid: Mapping[str, Iterable[Any]], X: pd.DataFrame, y: NDArray[np.float64],
    folds: Iterable[Fold], scoring: Any,
) -> tuple[Pipeline, dict[str, Any]]:  # fmt: skip
    """Return the unfitted pipeline with the best parameters of `grid` on `folds`, and those parameters.

    The score of this selection is biased and is not returned; the source system quoted it.
    """
    from sklearn.model_selection import GridSearchCV

    pairs = [(fold.train, fold.test) for fold in folds]
    space = {f"model__{key}": list(values) for key, values in grid.items()}
    search = GridSearchCV(pipe, space, cv=pairs, scoring=scoring, refit=False).fit(X, y)
    best: dict[str, Any] = search.best_params_
    return clone(pipe).set_params(**best), {key.removeprefix("model__"): best[key] for key in best}


def with_inner_search(
    pipe: Pipeline, grid: Mapping[str, Iterable[Any]], n_splits: int, scoring: Any
) -> Pipeline:
    """Return the pipeline with a grid search as its model; its folds divide the rows it is fitted on."""
    from sklearn.model_selection import GridSearchCV

    space = {key: list(values) for key, values in grid.items()}
    search = GridSearchCV(pipe[-1], space, cv=n_splits, scoring=scoring)
    return Pipeline([*pipe.steps[:-1], ("model", search)])


def with_best_model(fitted: Pipeline) -> Pipeline:
    """Return the fitted pipeline with the best model of `with_inner_search` in place of the search."""
    best = getattr(fitted[-1], "best_estimator_", None)
    return fitted if best is None else Pipeline([*fitted.steps[:-1], ("model", best)])
