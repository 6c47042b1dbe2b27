"""Optuna and MLflow as in their documentation: a parent run, with a nested run for each trial."""

from __future__ import annotations

import sys

import mlflow
import optuna

from benchmarks.peers import task

given = task.load()


def objective(trial: optuna.Trial) -> float:
    """Score one trial and record it."""
    params = {name: trial.suggest_int(name, *ends) for name, ends in given.ranges().items()}
    params["max_features"] = trial.suggest_categorical("max_features", task.FEATURES)
    with task.trial(params), mlflow.start_run(nested=True, run_name=f"trial {trial.number}"):
        metrics = given.score(params)
        mlflow.log_params(params)
        mlflow.log_metrics(metrics)
        return metrics["cv_f1_mean"]


def main(trials: int, workers: int) -> None:
    """Run the study in memory, Optuna's fastest storage."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    mlflow.set_tracking_uri(task.store())
    mlflow.set_experiment("peers")
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=task.SAMPLER_SEED)
    )
    with mlflow.start_run(run_name="study"):
        study.optimize(objective, n_trials=trials, n_jobs=workers)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
