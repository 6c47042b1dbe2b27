"""Hydra with its stock Optuna sweeper, and MLflow's fluent API inside the job."""

from __future__ import annotations

import hydra
import mlflow
from omegaconf import DictConfig, OmegaConf

from benchmarks.peers import task


@hydra.main(config_path=None)
def main(cfg: DictConfig) -> float:
    """Score one trial and record it; a joblib worker reads the task once for all its jobs."""
    params = {str(key): value for key, value in cfg.items()}
    with task.trial(params):
        mlflow.set_tracking_uri(task.store())
        mlflow.set_experiment("peers")
        with mlflow.start_run():
            metrics = loaded().score(params)
            mlflow.log_params(params)
            mlflow.log_metrics(metrics)
            mlflow.log_text(OmegaConf.to_yaml(cfg), "config.yaml")
    return metrics["cv_f1_mean"]


_cache: dict[str, task.Task] = {}


def loaded() -> task.Task:
    """Return the task, read once per process."""
    if not _cache:
        _cache["task"] = task.load()
    return _cache["task"]


if __name__ == "__main__":
    main()
