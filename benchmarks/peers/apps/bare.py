"""Only the fits and predictions, of configurations read from a file: the lower bound of the time."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.peers import task
from cip_exp import forest

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

FIT_SECONDS = "fit_seconds"
"""The file in the run's folder with the seconds in fits, of all trials together."""


def main(kind: str, repeats: int) -> None:
    """Fit with scikit-learn's forest (`stock`) or with this project's (`own`)."""
    given = task.load()
    configurations: list[dict[str, Any]] = json.loads((task.folder().parent / "params.json").read_text())
    fitting = 0.0
    for params in configurations * repeats:
        pipe = given.model(params)
        if kind == "own":
            pipe.steps[-1] = ("model", own(pipe.steps[-1][1]))
        with task.trial(params):
            for train, test in given.folds:
                fitted, known = rows(given.X, train), given.y[train]
                begun = time.perf_counter()
                pipe.fit(fitted, known)
                fitting += time.perf_counter() - begun
                pipe.predict_proba(rows(given.X, train))
                pipe.predict_proba(rows(given.X, test))
    (task.folder() / FIT_SECONDS).write_text(str(fitting), encoding="utf-8")


def own(stock: BaseEstimator) -> BaseEstimator:
    """Return this project's forest with the same parameters."""
    return forest.RandomForestClassifier(**stock.get_params())


def rows(X: Any, index: Any) -> Any:
    """Return rows of an array or a frame."""
    return X.iloc[index] if hasattr(X, "iloc") else X[index]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
