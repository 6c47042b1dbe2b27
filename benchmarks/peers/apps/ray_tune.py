"""Ray Tune with its MLflow callback; Ray is not a dependency of this project: `pip install "ray[tune]"`."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import ray
from ray import tune
from ray.air.integrations.mlflow import MLflowLoggerCallback

from benchmarks.peers import task


def main(trials: int, workers: int) -> None:
    """Tune with one process for each worker, with one processor each."""
    environment = {task.FOLDER: os.environ[task.FOLDER], "PYTHONPATH": os.pathsep.join(sys.path)}
    ray.init(num_cpus=workers, include_dashboard=False, runtime_env={"env_vars": environment})
    given = ray.put(task.load())

    def score(params: dict[str, Any]) -> dict[str, float]:
        return dict(ray.get(given).score(params))

    ranges = task.load().ranges()
    space: dict[str, Any] = {name: tune.randint(low, high + 1) for name, (low, high) in ranges.items()}
    space["max_features"] = tune.choice(list(task.FEATURES))
    callback = MLflowLoggerCallback(task.store(), experiment_name="peers")
    tuner = tune.Tuner(
        score,
        param_space=space,
        tune_config=tune.TuneConfig(num_samples=trials, metric="cv_f1_mean", mode="max"),
        run_config=tune.RunConfig(storage_path=str(task.folder() / "ray"), callbacks=[callback], verbose=0),
    )
    start = time.time()
    results = tuner.fit()
    trees = sum(int(each.config["n_estimators"]) for each in results)
    task.mark_finished(start, trees, len(results))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
