"""scikit-learn's `RandomizedSearchCV` under MLflow's autolog, with a child run for every configuration."""

from __future__ import annotations

import sys
import time

import mlflow
from scipy.stats import randint
from sklearn.model_selection import RandomizedSearchCV

from benchmarks.peers import task


def main(trials: int, workers: int) -> None:
    """Search; autolog writes all trials after the last fit. Logging models would take more time."""
    given = task.load()
    mlflow.set_tracking_uri(task.store())
    mlflow.set_experiment("peers")
    mlflow.sklearn.autolog(
        log_models=False, log_datasets=False, log_input_examples=False, max_tuning_runs=None, silent=True
    )
    space = {f"model__{name}": randint(low, high + 1) for name, (low, high) in given.ranges().items()}
    search = RandomizedSearchCV(
        given.pipeline, {**space, "model__max_features": list(task.FEATURES)}, n_iter=trials,
        scoring=list(task.SCORING), n_jobs=workers, refit=False, cv=list(given.folds),
        random_state=task.SAMPLER_SEED, return_train_score=True,
    )  # fmt: skip
    start = time.time()
    search.fit(given.X, given.y)
    trees = int(sum(search.cv_results_["param_model__n_estimators"]))
    task.mark_finished(start, trees, trials)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
