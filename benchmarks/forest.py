"""Compare the time of forest fits and predictions with scikit-learn and with its bare compiled builder.

    python -m benchmarks.forest [--path CSV] [--repeats 7] [--rows 238 190 500 1000 5000 50000]

Prints ratios of CPU time, of one process with one thread. Stock, own and bare runs alternate, each repeat has
another seed, and each repeat checks that own and stock predictions are equal to the last bit.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn import ensemble
from sklearn.datasets import make_classification
from sklearn.tree._criterion import MSE, Gini
from sklearn.tree._splitter import BestSplitter
from sklearn.tree._tree import DepthFirstTreeBuilder, Tree

from cip_exp import forest
from cip_exp.data import purchasing_table, telco

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

TREES = 125
ROWS = (238, 190, 500, 1_000, 5_000, 50_000)


class Case(NamedTuple):
    name: str
    X: NDArray[np.float32]
    y: NDArray[Any]
    held_out: NDArray[np.float32]
    """A fifth of the table: in a fold, training and validation rows are both predicted."""
    classes: bool
    params: dict[str, Any]
    trees: int = TREES


# Scikit-learn's defaults, and the hyperparameters that the source's grid search chose.
GROWN, LIMITED = {}, {"max_depth": 5, "min_samples_leaf": 5, "min_samples_split": 10}
FORESTS: tuple[tuple[str, bool, dict[str, Any]], ...] = (
    ("classifier", True, GROWN),
    ("regressor", False, GROWN),
    ("limited classifier", True, LIMITED),
    ("limited regressor", False, {**LIMITED, "max_features": 0.5}),
)


def build_cases(rows: list[int], path: Path | None) -> Iterator[Case]:
    """Yield every forest at every size; 238 is the source's table, 50,000 is synthetic."""
    for n in rows:
        X, label, value, table = _table(n, path)
        held_out, trees = X[-max(1, n // 4) :], TREES if n < 50_000 else 10
        for name, classes, params in FORESTS:
            y = label if classes else value
            yield Case(f"{name}, {table}", X[:n], y[:n], held_out, classes, params, trees)


def _table(n: int, path: Path | None) -> tuple[NDArray[np.float32], NDArray[Any], NDArray[Any], str]:
    if n == 238:
        rows = purchasing_table.load(path).frame
        label, value = purchasing_table.fit_churn(rows)(rows), rows["purchase_amount"].to_numpy(float)
        rows = rows.assign(ratio=rows["purchase_amount"] / rows["annual_income"])
        columns = rows.drop(columns=["user_id", "purchase_amount", "loyalty_score"])
        return _numbers(columns), label, value, "purchasing" if path else "purchasing (stand-in)"
    if n >= 6_000:
        X, label = make_classification(n + n // 4, 20, n_informative=8, random_state=0)
        return X.astype(np.float32), label, X[:, :8].sum(axis=1).round(2), "synthetic"
    rows = telco.load().frame.dropna()
    label, value = (rows["churn"] == "Yes").to_numpy(float), rows["monthly_charges"].to_numpy(float)
    return _numbers(rows.drop(columns=["customer_id", "churn", "total_charges"])), label, value, "Telco"


def _numbers(frame: pd.DataFrame) -> NDArray[np.float32]:
    return pd.get_dummies(frame).to_numpy(np.float32)


def grow_bare(case: Case, seeds: list[int]) -> float:
    """Return the CPU seconds of drawing the samples and building the trees only."""
    n, p = case.X.shape
    y = case.y.reshape(-1, 1).astype(np.float64)
    n_classes = np.array([2 if case.classes else 1], dtype=np.intp)
    n_columns = int(np.sqrt(p)) if case.classes else int(case.params.get("max_features", 1.0) * p)
    leaf, split = case.params.get("min_samples_leaf", 1), case.params.get("min_samples_split", 2)
    start = process_time()
    generator = np.random.RandomState(0)
    criterion = Gini(1, n_classes) if case.classes else MSE(1, n)
    splitter = BestSplitter(criterion, n_columns, leaf, 0.0, generator, None)
    depth = case.params.get("max_depth", 2**31 - 1)
    builder = DepthFirstTreeBuilder(splitter, split, leaf, 0.0, depth, 0.0)
    trees = [Tree(p, n_classes, 1) for _ in seeds]  # all in memory, as in a forest
    for seed, tree in zip(seeds, trees, strict=True):
        generator.seed(seed)
        weights = np.bincount(generator.randint(0, n, n), minlength=n).astype(np.float64)
        generator.seed(seed)
        builder.build(tree, case.X, y, weights, None)
    return process_time() - start


def run_forest(kind: Any, case: Case, seed: int) -> tuple[Any, float, float, list[Any]]:
    """Fit, and predict both sides of a fold; return the model, both CPU times in seconds, and predictions."""
    model = kind(case.trees, random_state=seed, **case.params)
    start = process_time()
    model.fit(case.X, case.y)
    fitted = process_time()
    predict: Callable[..., Any] = model.predict_proba if case.classes else model.predict
    predictions = [predict(case.X), predict(case.held_out)]
    return model, fitted - start, process_time() - fitted, predictions


def run_case(case: Case, repeats: int) -> list[NDArray[np.float64]]:
    """Return the ratios of fit (stock / own), fit (own / bare) and prediction (stock / own), by repeat."""
    name = "RandomForestClassifier" if case.classes else "RandomForestRegressor"
    kinds = {"stock": getattr(ensemble, name), "own": getattr(forest, name)}
    ratios = []
    for repeat in range(repeats + 1):
        order = ["stock", "own"] if repeat % 2 else ["own", "stock"]
        done = {which: run_forest(kinds[which], case, repeat) for which in order}
        seeds = [tree.random_state for tree in done["own"][0].estimators_]
        bare = grow_bare(case, seeds)
        _, stock_fit, stock_predict, expected = done["stock"]
        _, own_fit, own_predict, got = done["own"]
        if any(one.tobytes() != two.tobytes() for one, two in zip(expected, got, strict=True)):
            msg = f"{case.name}: predictions differ from scikit-learn's at seed {repeat}."
            raise SystemExit(msg)
        ratios.append((stock_fit / own_fit, own_fit / bare, stock_predict / own_predict))
    return list(np.array(ratios[1:]).T)  # the first repeat only fills caches


def main() -> None:
    """Print the table, one line for each case when it is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--path", type=Path, help="the source's table; default: the stand-in")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    given = parser.parse_args()
    print(f"minimum - median - maximum of {given.repeats} repeats (of 3 on 50,000 rows and more)")
    print("| case | rows | trees | fit: stock / own | fit: own / bare | predict: stock / own |")
    print("|---|---|---|---|---|---|")
    for case in build_cases(given.rows, given.path):
        repeats = given.repeats if len(case.X) < 50_000 else min(3, given.repeats)
        values = [
            f"{column.min():.2f} - {np.median(column):.2f} - {column.max():.2f}"
            for column in run_case(case, repeats)
        ]
        print(f"| {case.name} | {len(case.X):,} | {case.trees} | {' | '.join(values)} |", flush=True)


if __name__ == "__main__":
    main()
