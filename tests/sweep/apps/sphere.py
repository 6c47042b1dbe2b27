"""Hydra's own example for its Optuna sweeper, with two more lines for intermediate values."""

import hydra
from omegaconf import DictConfig

from cip_exp.sweep import PRUNED, report


@hydra.main(config_path=None)
def sphere(cfg: DictConfig) -> object:
    """Return x² + y², after five intermediate values that approach it."""
    loss = cfg.x**2 + cfg.y**2
    for step in range(5):
        if report(loss + 10 / (step + 1), step):
            return PRUNED
    return loss


if __name__ == "__main__":
    sphere()
