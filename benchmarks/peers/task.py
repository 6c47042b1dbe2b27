"""The input of every peer (rows, folds, a pipeline, a search space), and the file it has to write."""

from __future__ import annotations

import os
import pickle
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

SCORING = ("f1", "precision", "recall", "roc_auc", "average_precision")
SAMPLER_SEED = 0
FEATURES = ("sqrt", 0.5, 0.8)
FOLDER = "PEERS_FOLDER"
"""The environment variable with a run's folder, for programs with a command line of their own."""


@dataclass(frozen=True, eq=False)
class Task:
    """One table with its folds."""

    X: Any
    """Rows, to which the folds refer: an array of numbers, or a frame where there are texts."""
    y: NDArray[np.int64]
    folds: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]
    pipeline: Pipeline
    """Unfitted; its last step is scikit-learn's forest, with a seed."""
    trees: tuple[int, int]
    """Smallest and largest size of a forest."""

    def ranges(self) -> dict[str, tuple[int, int]]:
        """Return the ranges of the integer hyperparameters, both ends included."""
        return ranges(self.trees)

    def model(self, params: Mapping[str, Any]) -> Pipeline:
        """Return the pipeline with a trial's hyperparameters."""
        from sklearn.base import clone

        return clone(self.pipeline).set_params(**{f"model__{name}": value for name, value in params.items()})

    def score(self, params: Mapping[str, Any]) -> dict[str, float]:
        """Fit and score one trial as scikit-learn's documentation does: five metrics on both sides."""
        from sklearn.model_selection import cross_validate

        found = cross_validate(
            self.model(params), self.X, self.y, cv=self.folds, scoring=list(SCORING), return_train_score=True
        )
        metrics = {"fit_seconds": float(found["fit_time"].sum())}
        for name in SCORING:
            metrics[f"cv_{name}_mean"] = float(found[f"test_{name}"].mean())
            metrics[f"cv_{name}_std"] = float(found[f"test_{name}"].std())
            metrics[f"train_{name}"] = float(found[f"train_{name}"].mean())
            metrics[f"gap_{name}"] = metrics[f"train_{name}"] - metrics[f"cv_{name}_mean"]
        return metrics


def ranges(trees: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """Return the ranges of the integer hyperparameters, both ends included; `trees` is that of the forest."""
    return {
        "n_estimators": trees,
        "max_depth": (2, 12),
        "min_samples_split": (2, 30),
        "min_samples_leaf": (1, 15),
    }


def folder() -> Path:
    """Return the folder of this process's run."""
    return Path(os.environ[FOLDER])


def load() -> Task:
    """Return the task that the comparison has written to a file."""
    task: Task = pickle.loads((folder().parent / "task.pkl").read_bytes())
    return task


def store() -> str:
    """Return the address of the MLflow store, which exists already."""
    return f"sqlite:///{folder() / 'mlflow.db'}"


def mark_finished(start: float, trees: int, trials: int = 1) -> None:
    """Write to the file `marks` that trials are finished and recorded now."""
    with (folder() / "marks").open("a") as marks:
        marks.write(f"{start} {time.time()} {trees} {trials}\n")


@contextmanager
def trial(params: Mapping[str, Any]) -> Iterator[None]:
    """Measure one trial, from its start to the end of its record."""
    start = time.time()
    yield
    mark_finished(start, int(params["n_estimators"]))
