"""Compose a configuration, run one trial of it, return its objective."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import hydra

from cip_exp.app.allowed_imports import allowed_imports
from cip_exp.app.commands.exit_codes import RECORDED, exit_code_of

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from cip_exp.sweep.channel import Pruned

    Objective = float | tuple[float, float]


@hydra.main(config_path="conf", config_name="config", execution_whitelist=allowed_imports())
def main(cfg: DictConfig) -> Objective | Pruned:
    """Run one trial and return its objective: a finite number to be maximised, or two."""
    from cip_exp.app import job

    return job.run(cfg)


if __name__ == "__main__":
    gc.disable()  # the start is mostly imports; `cip_exp.runtime.start_gc` enables it again
    sys.exit(exit_code_of(main, RECORDED))
