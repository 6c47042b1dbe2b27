"""Models whose true difference is known: zero by construction, or made by added noise.

A sample of N customers is drawn from a large table, and every model gets its own copy of the columns with its
own noise added. Two models with equal noise are equally good in truth, for any data and metric. On one sample
they differ, in the same direction in every fold, which misleads a naive test. A model with more noise is
worse; the mean over all samples estimates by how much.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cip_exp.config.schemas import SeedSettings, SplitSettings
from cip_exp.data import simulated, telco
from cip_exp.evaluation import split
from cip_exp.evaluation.metrics import TASKS
from cip_exp.forest import RandomForestClassifier
from cip_exp.records.lineage import Lineage
from cip_exp.records.table import Features, Fold, Table
from cip_exp.records.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cip_exp.records.table import TaskName

    Array = NDArray[np.float64]

N = 300
"""Customers in a sample; a fifth of them is the holdout."""
SEEDS, FOLDS = 10, 5
NOISE = 0.5
"""Standard deviation of the noise, in standard deviations of a column."""
PLANTED = (1.0, 2.0, 4.0)
"""Noise of the worse models."""
PENALTY = 1.0
NEWTON_STEPS = 8
POOL = 100_000


@dataclass(frozen=True)
class World:
    """A table, a task and a model."""

    name: str
    table: str
    task: TaskName
    build: Callable[[int], Any]
    """Returns an unfitted estimator with the given seed."""
    share: float
    """Share of all null comparisons."""
    reseeded: bool = False
    """The second model is the same on the same columns, with other seeds."""


class Ridge:
    """Ridge regression in closed form; equals scikit-learn's with `alpha=PENALTY`, in a tenth of its time."""

    def fit(self, X: Array, y: Array) -> Ridge:
        """Solve the normal equations of the centred columns."""
        self.mean, self.level = X.mean(axis=0), y.mean()
        centred = X - self.mean
        gram = centred.T @ centred + PENALTY * np.eye(X.shape[1])
        self.weights = np.linalg.solve(gram, centred.T @ (y - self.level))
        return self

    def predict(self, X: Array) -> Array:
        """Return values, shape (n,)."""
        values: Array = (X - self.mean) @ self.weights + self.level
        return values


class Logit:
    """Logistic regression by Newton's method; equal to scikit-learn's with `C=1/PENALTY`."""

    def fit(self, X: Array, y: Array) -> Logit:
        """Take Newton's steps from zero; the last column is the intercept, which is not penalised."""
        padded = np.column_stack([X, np.ones(len(X))])
        penalty = np.r_[np.full(X.shape[1], PENALTY), 0.0]
        self.weights = np.zeros(padded.shape[1])
        for _ in range(NEWTON_STEPS):
            p = 1 / (1 + np.exp(-padded @ self.weights))
            gradient = padded.T @ (p - y) + penalty * self.weights
            curvature = (padded.T * (p * (1 - p))) @ padded + np.diag(penalty)
            self.weights = self.weights - np.linalg.solve(curvature, gradient)
        return self

    def predict(self, X: Array) -> Array:
        """Return classes 0 and 1, shape (n,)."""
        return (X @ self.weights[:-1] + self.weights[-1] > 0).astype(np.float64)


def _forest(seed: int) -> Any:
    return RandomForestClassifier(n_estimators=8, max_depth=4, min_samples_leaf=5, random_state=seed)


WORLDS = (
    World("ridge, simulated CLV, R²", "simulated", "clv", lambda _seed: Ridge(), 0.5),
    World("logistic, Telco churn, F1", "telco", "churn", lambda _seed: Logit(), 0.3),
    World("forest, simulated churn, F1", "simulated", "churn", _forest, 0.1),
    World("forest with other seeds, F1", "simulated", "churn", _forest, 0.1, reseeded=True),
)


@dataclass(frozen=True, eq=False)
class Sample:
    """One draw of a world."""

    world: World
    clean: Array
    """Shape (N, p): the columns before noise, of unit variance in the large table."""
    y: Array
    folds: tuple[Fold, ...]
    rng: np.random.Generator

    def columns(self, noise: float) -> Array:
        """Return a copy of the columns with new noise, for one model."""
        return self.clean + noise * self.rng.standard_normal(self.clean.shape)

    def trial(self, X: Array, first_seed: int = 0) -> Trial:
        """Score the world's model on these columns, and return a record as of a trial."""
        scores = [self._score(X, fold, first_seed + fold.replicate) for fold in self.folds]
        return recorded(self.world, tuple(scores), [str(each) for each in range(SEEDS)])

    def _score(self, X: Array, fold: Fold, seed: int) -> float:
        model = self.world.build(seed).fit(X[fold.train], self.y[fold.train])
        predicted = np.asarray(model.predict(X[fold.test]), dtype=np.float64)
        return TASKS[self.world.task].criterion.fn(self.y[fold.test], predicted)


def recorded(world: World, scores: tuple[float, ...], seeds: list[str], pinned: bool = False) -> Trial:
    """Return scores as the record of a trial; `pinned`: all seeds have the same folds."""
    task, metric = TASKS[world.task], TASKS[world.task].criterion.name
    tags = {
        "cip.seed": ",".join(seeds), "cip.verdict": "ok", "cip.data": world.table, "cip.data_sha256": "",
    }  # fmt: skip
    return Trial(
        state="complete", params={"split.name": "stratified", "seeds.split": "42" if pinned else "None"},
        tags=tags, metrics={}, folds={metric: scores}, task=task.name, primary=metric,
        objective=float(np.mean(scores)), test_ratio=1 / (FOLDS - 1),
    )  # fmt: skip


def draw(world: World, number: int) -> Sample:
    """Draw sample `number` of a world, with ten seeds of five folds made by the project's own splitter."""
    rng = np.random.default_rng([[each.name for each in WORLDS].index(world.name), number])
    clean, targets = pool(world.table)
    rows = rng.choice(len(clean), N, replace=False)
    y = targets[world.task][rows]
    features = Features(
        table=Table(world.table, pd.DataFrame(index=range(N)), "", {}, Lineage({})), set_name="clean",
        task=world.task, X=pd.DataFrame(index=range(N)), y=y, twins=np.arange(N),
    )  # fmt: skip
    seeds = [SEEDS * number + each for each in range(SEEDS)]
    divided = split.split_rows(features, SplitSettings(name="stratified"), SeedSettings(), seeds)
    return Sample(world, clean[rows], y, divided.folds, rng)


@cache
def pool(table: str) -> tuple[Array, dict[str, Array]]:
    """Return a large table's columns, standardised, and its targets by task."""
    if table == "telco":
        frame = telco.load().frame
        categories = pd.get_dummies(frame[["contract", "internet_service", "payment_method"]], dtype=float)
        X = frame[["tenure", "monthly_charges", "total_charges"]].fillna(0.0).join(categories)
        target = telco.load().targets["churn"]
        return _standard(X), {"churn": target.fit(frame)(frame)}
    frame = simulated.load(n_customers=POOL, seed=0, leaks=False).frame
    targets = {task: frame[task].to_numpy(dtype=np.float64) for task in ("clv", "churn")}
    return _standard(frame[["age", "income", *simulated.HISTORY]]), targets


def _standard(X: pd.DataFrame) -> Array:
    values = X.to_numpy(dtype=np.float64)
    return (values - values.mean(axis=0)) / values.std(axis=0)
