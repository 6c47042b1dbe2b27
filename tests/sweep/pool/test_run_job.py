"""A job gets the same configuration without Hydra's copies as with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hydra import initialize_config_dir
from hydra._internal.callbacks import Callbacks
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import run_job
from hydra.types import HydraContext, RunMode
from omegaconf import OmegaConf

from cip_exp.config.settings import CONF
from cip_exp.sweep.pool.run_job import shared

if TYPE_CHECKING:
    from pathlib import Path


def test_a_job_sees_the_same_configuration(tmp_path: Path) -> None:
    seen: list[Any] = []

    def job(cfg: Any) -> float:
        hydra = HydraConfig.get()
        seen.append((OmegaConf.to_yaml(cfg, resolve=True), hydra.runtime.output_dir, hydra.job.name))
        return 1.0

    before = HydraConfig.instance().cfg
    copying = HydraConfig.set_config
    with initialize_config_dir(str(CONF), job_name="job"):
        loader = GlobalHydra.instance().config_loader()
        for sharing in (False, True):
            place = [f"hydra.run.dir={tmp_path}", "hydra/job_logging=disabled", "outputs=x"]
            config = loader.load_configuration("config", place, RunMode.RUN)
            context = HydraContext(config_loader=loader, callbacks=Callbacks())
            with shared(sharing):
                result = run_job(job, config, "hydra.run.dir", None, context, configure_logging=False)
            assert result.return_value == 1.0
            assert "hydra" in config
    assert seen[0] == seen[1]
    assert HydraConfig.instance().cfg is before
    assert HydraConfig.set_config is copying
