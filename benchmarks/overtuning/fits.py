"""The fits of one training sample; each is done once, and shared by all methods that need it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from cip_exp.evaluation.metrics import TASKS
from cip_exp.evaluation.seeds import child

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.overtuning.tables import Sample
    from cip_exp.evaluation.metric import Metric

    Array = NDArray[np.float64]
    Index = NDArray[np.int64]

CONF = Path(__file__).parents[2] / "conf"
FOLDS = 5
AVERAGED = 5
"""Number of seeds that the final fit averages."""
TREES = {"tree_churn": DecisionTreeClassifier, "tree_clv": DecisionTreeRegressor}
"""Single trees, which are not models of the project: they are fast, and overtuning is greatest on them."""
METRICS = {"churn": ("roc_auc", "f1"), "clv": ("r2",)}


@dataclass(frozen=True, eq=False)
class Fit:
    """One configuration on one fold."""

    train: dict[str, float]
    test: dict[str, float]
    prediction: Array


class Bench:
    """A model's configurations on one training sample."""

    def __init__(self, sample: Sample, model: str, train_scores: bool = False) -> None:
        self.sample, self.model = sample, model
        self._train_scores = train_scores
        # Trees use single precision. With float32 input they need no check and no copy at each fit.
        self._ready = {"check_input": False} if model in TREES else {}
        self._X = sample.rows.X.astype(np.float32) if model in TREES else sample.rows.X
        self.X, self.y = self._X[sample.train], sample.rows.y[sample.train]
        self.task = TASKS[sample.rows.task]
        self.metrics: dict[str, Metric] = {n: self.task.metrics[n] for n in METRICS[self.task.name]}
        self._folds: dict[int, list[tuple[Index, Index]]] = {}
        self._fits: dict[tuple[str, int, int], Fit] = {}
        self._final: dict[tuple[str, int], tuple[Array, Array]] = {}

    def folds(self, repeat: int) -> list[tuple[Index, Index]]:
        """Return the folds of one repeat; each repeat is shuffled anew."""
        if repeat not in self._folds:
            kind = StratifiedKFold if self.task.name == "churn" else KFold
            seed = child(repeat, f"folds {self.sample.replicate}")
            splitter = kind(FOLDS, shuffle=True, random_state=seed)
            self._folds[repeat] = list(splitter.split(self.X, self.y))
        return self._folds[repeat]

    def fit(self, params: Mapping[str, Any], repeat: int, fold: int) -> Fit:
        """Return the scores and predictions of one fold; the model's seed depends on the repeat."""
        key = (json.dumps(params, sort_keys=True), repeat, fold)
        if key not in self._fits:
            train, test = self.folds(repeat)[fold]
            fitted = self._fit(params, child(repeat, "model"), self.X[train], self.y[train])
            held = self._predict(fitted, self.X[test])
            seen = self._predict(fitted, self.X[train]) if self._train_scores else None
            scored = {} if seen is None else self._scores(self.y[train], seen)
            self._fits[key] = Fit(scored, self._scores(self.y[test], held), held)
        return self._fits[key]

    def scores(self, params: Mapping[str, Any], metric: str, repeats: range, side: str = "test") -> Array:
        """Return the fold scores of whole repeats, shape (repeats × folds,)."""
        fits = [self.fit(params, repeat, fold) for repeat in repeats for fold in range(FOLDS)]
        return np.array([getattr(fit, side)[metric] for fit in fits])

    def oof(self, params: Mapping[str, Any], repeats: range) -> Array:
        """Return out-of-fold predictions of whole repeats, shape (repeats, n)."""
        out = np.full((len(repeats), len(self.y)), np.nan)
        for at, repeat in enumerate(repeats):
            for fold, (_, test) in enumerate(self.folds(repeat)):
                out[at, test] = self.fit(params, repeat, fold).prediction
        return out

    def score(self, predictions: Array, metric: str) -> float:
        """Return the score of predictions for all rows of the search, shape (n,)."""
        return self._scores(self.y, predictions)[metric]

    def truth(self, params: Mapping[str, Any], metric: str, seeds: int = 1) -> float:
        """Return the true score: of a final fit averaged over `seeds` seeds, on the unseen rows."""
        return self._score_final(params, metric, seeds, 1)

    def blended_truth(self, finalists: Sequence[Mapping[str, Any]], metric: str, seeds: int) -> float:
        """Return the true score of the mean prediction of several configurations."""
        predicted = np.mean([self._finals(params, seeds)[1] for params in finalists], axis=0)
        return self._scores(self.sample.rows.y[self.sample.truth], predicted)[metric]

    def holdout(self, params: Mapping[str, Any], metric: str, seeds: int = 1) -> tuple[float, Array]:
        """Return the score on the holdout, and the predictions."""
        return self._score_final(params, metric, seeds, 0), self._finals(params, seeds)[0]

    def best_known(self, metric: str) -> float:
        """Return the best true score among the defaults and all configurations that were fitted finally."""
        y = self.sample.rows.y[self.sample.truth]
        self.truth({}, metric)
        return max(self._scores(y, p)[metric] for (_, seed), (_, p) in self._final.items() if seed == 0)

    def _score_final(self, params: Mapping[str, Any], metric: str, seeds: int, side: int) -> float:
        rows = self.sample.truth if side else self.sample.holdout
        return self._scores(self.sample.rows.y[rows], self._finals(params, seeds)[side])[metric]

    def _finals(self, params: Mapping[str, Any], seeds: int) -> tuple[Array, Array]:
        parts = [self._one_final(params, seed) for seed in range(seeds)]
        return np.mean([a for a, _ in parts], axis=0), np.mean([b for _, b in parts], axis=0)

    def _one_final(self, params: Mapping[str, Any], seed: int) -> tuple[Array, Array]:
        key = (json.dumps(params, sort_keys=True), seed)
        if key not in self._final:
            fitted = self._fit(params, child(seed, "final"), self.X, self.y)
            sides = (self._X[rows] for rows in (self.sample.holdout, self.sample.truth))
            first, second = (self._predict(fitted, side) for side in sides)
            self._final[key] = first, second
        return self._final[key]

    def _fit(self, params: Mapping[str, Any], seed: int, X: Array, y: Array) -> Any:
        return estimator(self.model, params, seed).fit(X, y, **self._ready)

    def _predict(self, fitted: Any, X: Array) -> Array:
        churn = self.task.name == "churn"
        out = (fitted.predict_proba if churn else fitted.predict)(X, **self._ready)
        out = out[:, 1] if churn else out
        return np.asarray(out, dtype=np.float64)

    def _scores(self, y: Array, p: Array) -> dict[str, float]:
        label = (p > 0.5).astype(float)
        churn = self.task.name == "churn"
        return {
            name: metric.fn(y, label if churn and metric.needs == "label" else p)
            for name, metric in self.metrics.items()
        }


@cache
def _option(model: str) -> tuple[Any, bool, dict[str, Any]]:
    """Return the class, whether to scale, and the defaults, from the option of this name in conf/model."""
    if model in TREES:
        return TREES[model], False, {"max_depth": 8, "min_samples_leaf": 5}
    fields = yaml.safe_load((CONF / "model" / f"{model}.yaml").read_text(encoding="utf-8"))
    module, _, name = fields.pop("_target_").rpartition(".")
    scale = fields.pop("scale", False)
    params = {key: value for key, value in fields.items() if key not in ("name", "task")}
    return getattr(import_module(module), name), scale, params


@cache
def _parsed(text: str) -> Any:
    return yaml.safe_load(text)


def estimator(model: str, params: Mapping[str, Any], seed: int) -> Any:
    """Return the unfitted model; hyperparameters that are not given have the defaults of conf/model."""
    kind, scale, defaults = _option(model)
    values = {key.removeprefix("model."): _parsed(str(value)) for key, value in params.items()}
    made = kind(**{**defaults, **values})
    if hasattr(made, "random_state"):
        made.random_state = seed
    return make_pipeline(StandardScaler(), made) if scale else made
