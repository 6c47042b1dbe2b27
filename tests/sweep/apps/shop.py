"""A small Hydra app that uses only `report` of this package."""

import os
import signal
import time
from pathlib import Path

import hydra
from hydra.utils import execution_whitelist
from omegaconf import DictConfig

from cip_exp.sweep import PRUNED, report


@hydra.main(config_path="conf", config_name="config")
def main(cfg: DictConfig) -> object:
    """Return a loss, which is lowest for x = 2 and a small y."""
    _fail_as_configured(cfg)
    loss = float((cfg.x - 2) ** 2 + cfg.y + cfg.model.penalty + cfg.seed / 1000)
    for step in range(cfg.steps):
        time.sleep(cfg.sleep)
        if report(loss / (step + 1), step):
            return PRUNED
    return (loss, float(cfg.y)) if cfg.pair else loss


def _fail_as_configured(cfg: DictConfig) -> None:
    marks = Path(cfg.marks) if cfg.marks else None
    if cfg.fail == "raise":
        message = f"bad x {cfg.x}"
        raise ValueError(message)
    if cfg.fail == "hang":
        time.sleep(600)
    if cfg.fail == "die" and cfg.x == 1:
        if marks is not None:
            with marks.open("a", encoding="utf-8") as log:
                log.write("died\n")
        os.kill(os.getpid(), signal.SIGKILL)
    if cfg.fail == "die_once" and marks is not None and not marks.exists():
        marks.touch()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    with execution_whitelist(["shop_observer.*"]):
        main()
