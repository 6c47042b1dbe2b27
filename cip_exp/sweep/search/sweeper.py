"""`hydra/sweeper=study`: the Hydra plugin that runs an Optuna study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hydra.plugins.sweeper import Sweeper

if TYPE_CHECKING:
    from hydra.types import HydraContext, TaskFunction
    from omegaconf import DictConfig


class StudySweeper(Sweeper):
    """Runs an Optuna study: asynchronous, pruned and resumable."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Make the launcher; options are checked and jobs started in `sweep`."""
        from hydra.core.plugins import Plugins

        self._context = hydra_context
        self._config = config
        self._launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        """Run one study for each cell of the outer grid.

        Returns JobReturns in batches of `n_jobs` where nothing is searched (a plain grid), None otherwise.
        Raises errors.ConfigError for a wrong space or option, and the job's own error where too many failed.
        """
        from cip_exp.sweep.search.run_sweep import run_sweep

        return run_sweep(self.options, self._config, self._context, self._launcher, arguments)
