"""Config store entries of `hydra/sweeper=study`, its pruners, and `hydra/launcher=pool`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra_plugins.hydra_optuna_sweeper.config import Direction
from omegaconf import MISSING


@dataclass
class PoolConf:
    """Keys of `hydra.launcher` under `pool`."""

    _target_: str = "cip_exp.sweep.plugins.PoolLauncher"
    # Number of workers; null: the sweeper's n_jobs under `study`, otherwise the cores of this process.
    n_jobs: int | None = None
    # auto | fork | forkserver | spawn
    start: str = "auto"
    # Modules that the fork server imports once for all workers.
    preload: list[str] = field(default_factory=list)
    # BLAS and OpenMP threads of each worker; null does not limit them.
    threads: int | None = 1
    # Seconds a job may take; a longer job is stopped and has failed.
    time_limit: float | None = None
    # How often a job is run again after its worker has died.
    retries: int = 1


@dataclass
class StudyConf:
    """Keys of `hydra.sweeper` under `study`: the stock Optuna sweeper's keys first, then further ones."""

    _target_: str = "cip_exp.sweep.plugins.StudySweeper"
    defaults: list[Any] = field(default_factory=lambda: [{"sampler": "tpe"}, {"pruner": "none"}])
    sampler: Any = MISSING
    direction: Any = Direction.minimize
    # null: journal.log in the sweep's folder; `sqlite`: study.db there; otherwise an Optuna storage URL.
    storage: Any | None = None
    # null: the name of the sweep's folder. A cell of an outer grid adds its own overrides.
    study_name: str | None = None
    # Trials in all, those of earlier runs included when resuming; for each cell of an outer grid.
    n_trials: int = 20
    # Trials at a time.
    n_jobs: int = 2
    # Share of finished trials that may fail before the sweep gives up.
    max_failure_rate: float = 0.0
    params: dict[str, str] | None = None
    custom_search_space: str | None = None

    pruner: Any = MISSING
    # Seconds after which no further trial is started.
    timeout: float | None = None
    # A key whose swept values are repetitions of each trial, never a hyperparameter.
    replicates: str | None = None
    # The key that takes all replicates as one list; null: one job a replicate, and their mean.
    replicates_into: str | None = None
    # Swept keys that span an outer grid, one study a cell; swept config groups always do, unless in `params`.
    outer: list[str] = field(default_factory=list)
    # Further axes of the outer grid with their values, for keys that are not on the command line.
    axes: dict[str, Any] = field(default_factory=dict)
    # Continue the study of this name; otherwise an existing study is refused.
    resume: bool = False
    # Reports (`cip_exp.sweep.report`) of all trials together, earlier runs' included, after which no further
    # trial is started; running ones end as usual. No effect where jobs report nothing.
    n_reports: int | None = None
    # Stop when the possible gain is below the noise of the best trial's score (see search/noise_rule.py),
    # tested from this number of complete trials on; null: never.
    stop_below_noise: int | None = None
    # Stop after this number of trials in a row without a better score.
    patience: int | None = None
    # Stop when a trial is at least this good.
    target: float | None = None
    # Give up when this number of first trials have all failed with the same error.
    fail_fast: int | None = 3
    # Points to try first: mappings, or the word `defaults` for the configuration's own parameters.
    enqueue: list[Any] = field(default_factory=list)
    # Copy the result of a configuration that was scored before, instead of running it again.
    deduplicate: bool = True
    # Facts that must not change between a run and its resumption (a hash of the data, say).
    fingerprint: dict[str, Any] = field(default_factory=dict)
    # A node with `_target_`: an object called in the sweep's process when a study starts or ends, and when a
    # trial ends.
    observer: Any | None = None


@dataclass
class PrunerConf:
    """`none`: no trial is stopped."""

    _target_: str = "optuna.pruners.NopPruner"


@dataclass
class MedianConf:
    """Stop a trial that is worse than the median of the others at the same step."""

    _target_: str = "optuna.pruners.MedianPruner"
    n_startup_trials: int = 5
    n_warmup_steps: int = 0
    interval_steps: int = 1
    n_min_trials: int = 1


@dataclass
class PercentileConf:
    """Stop a trial that is outside the best `percentile` of the others at the same step."""

    _target_: str = "optuna.pruners.PercentilePruner"
    percentile: float = 25.0
    n_startup_trials: int = 5
    n_warmup_steps: int = 0
    interval_steps: int = 1
    n_min_trials: int = 1


@dataclass
class WilcoxonConf:
    """Stop a trial that is worse than the best one so far by a signed-rank test over the same steps."""

    _target_: str = "optuna.pruners.WilcoxonPruner"
    p_threshold: float = 0.1
    n_startup_steps: int = 2


@dataclass
class PairedConf:
    """Stop a trial whose mean over all steps is unlikely to reach that of the `keep`-th best trial."""

    _target_: str = "cip_exp.sweep.samplers.paired_pruner.PairedPruner"
    # The probability of reaching it below which a trial is stopped.
    alpha: float = 0.1
    keep: int = 3
    n_startup_trials: int = 5
    n_warmup_steps: int = 0


@dataclass
class HalvingConf:
    """Asynchronous successive halving."""

    _target_: str = "optuna.pruners.SuccessiveHalvingPruner"
    min_resource: Any = "auto"
    reduction_factor: int = 4
    min_early_stopping_rate: int = 0
    bootstrap_count: int = 0


@dataclass
class HyperbandConf:
    """Several brackets of successive halving."""

    _target_: str = "optuna.pruners.HyperbandPruner"
    min_resource: int = 1
    max_resource: Any = "auto"
    reduction_factor: int = 3
    bootstrap_count: int = 0


PRUNERS = {
    "none": PrunerConf,
    "median": MedianConf,
    "percentile": PercentileConf,
    "wilcoxon": WilcoxonConf,
    "paired": PairedConf,
    "halving": HalvingConf,
    "hyperband": HyperbandConf,
}


def register() -> None:
    """Register both plugins and the pruners for any app."""
    store = ConfigStore.instance()
    store.store(group="hydra/launcher", name="pool", node=PoolConf, provider="cip_exp", replace=True)
    store.store(group="hydra/sweeper", name="study", node=StudyConf, provider="cip_exp", replace=True)
    for name, node in PRUNERS.items():
        store.store(group="hydra/sweeper/pruner", name=name, node=node, provider="cip_exp", replace=True)
