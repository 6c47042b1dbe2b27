"""How many fits of cip_exp.forest are done in the time of 250 fits of scikit-learn.

`python -m benchmarks.overtuning.seconds`: both fit and predict folds of a search, with equal configurations.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import optuna
from sklearn import ensemble

from benchmarks.overtuning.fits import FOLDS, Bench, estimator
from benchmarks.overtuning.methods import FITS
from benchmarks.overtuning.tables import draw, read
from benchmarks.pruning_data import space

TABLES = ("modeldata/wa_churn", "cdnow")
SIZES = (150, 240, 500)
STOCK = {"rf_churn": ensemble.RandomForestClassifier, "rf_clv": ensemble.RandomForestRegressor}


def main() -> None:
    """Print the CPU time of a fold and the number of fits, by table and size."""
    print("| table | rows | stock, ms a fold | ours | fits in the seconds of 250 stock fits |")
    print("|---|---|---|---|---|")
    for table in TABLES:
        for size in SIZES:
            stock, ours = seconds(table, size)
            ratio = stock / ours
            print(f"| {table} | {size} | {1e3 * stock:.1f} | {1e3 * ours:.1f} | {FITS * ratio:,.0f} |")


def seconds(table: str, size: int, configurations: int = 8) -> tuple[float, float]:
    """Return the CPU seconds of a fold, stock and ours: medians over configurations of a random search."""
    bench = Bench(draw(read(table), size, 0), f"rf_{read(table).task}")
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    found = []
    for number in range(configurations):
        ours = estimator(bench.model, study.ask(space(bench.model)).params, seed=number)
        stock = STOCK[bench.model](**ours.get_params())
        found.append([_fold_seconds(bench, each, number % FOLDS) for each in (stock, ours)])
    first, second = np.median(found, axis=0)
    return float(first), float(second)


def _fold_seconds(bench: Bench, model: Any, fold: int) -> float:
    """Return the CPU seconds of a fit and of the predictions of both sides."""
    train, test = bench.folds(0)[fold]
    started = time.process_time()
    model.fit(bench.X[train], bench.y[train])
    for side in (train, test):
        (model.predict_proba if bench.task.name == "churn" else model.predict)(bench.X[side])
    return time.process_time() - started


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    main()
