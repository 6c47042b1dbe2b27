"""Run a sweep: one study after another, over the cells of the outer grid."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from hydra._internal.execution_policy import _get_active_execution_whitelist
from hydra.utils import instantiate
from omegaconf import OmegaConf

from cip_exp.sweep.pool.launcher import PoolLauncher
from cip_exp.sweep.samplers.factory import build_pruner
from cip_exp.sweep.search.executors import executor_for
from cip_exp.sweep.search.limits import Limits, interruptible
from cip_exp.sweep.search.open_study import open_study
from cip_exp.sweep.search.optuna_results import best_trials, write_results
from cip_exp.sweep.search.plan import read_study
from cip_exp.sweep.search.search_context import SearchContext
from cip_exp.sweep.search.study_settings import check_replicates
from cip_exp.sweep.storage import study_storage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hydra.plugins.launcher import Launcher
    from hydra.types import HydraContext
    from omegaconf import DictConfig
    from optuna.storages import BaseStorage

    from cip_exp.sweep.search.plan import StudyPlan
    from cip_exp.sweep.search.study import Search
    from cip_exp.sweep.search.study_settings import StudySettings


log = logging.getLogger(__name__)


def run_sweep(
    options: Mapping[str, Any],
    config: DictConfig,
    hydra_context: HydraContext,
    launcher: Launcher,
    arguments: Sequence[str],
) -> list[list[Any]] | None:
    """Check a command, then run its studies; returns and raises what `StudySweeper.sweep` does."""
    loader = hydra_context.config_loader
    request = read_study(options, config, loader, arguments)
    settings, plan = request.settings, request.plan
    check_replicates(settings, config, plan.replicates)
    build_pruner(settings.pruner)
    # Absolute: a job may change the working directory of this process.
    folder = Path(str(config.hydra.sweep.dir)).absolute()
    limits = Limits(settings)
    context = SearchContext(
        settings, plan, config, executor_for(launcher, settings.n_jobs), limits,
        _extender(settings), _observer(settings), str(folder),
    )  # fmt: skip
    for cell in plan.cells:
        # An error of composition is found before anything is written.
        loader.load_sweep_config(config, list(_example(plan, cell)))
    folder.mkdir(parents=True, exist_ok=True)
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # `FinishedTrials` logs each trial
    try:
        with interruptible(limits):
            store = study_storage.open_storage(settings.storage, folder)
            searches = _run_cells(context, store, folder, request.first)
    finally:
        optuna.logging.set_verbosity(verbosity)
        if isinstance(launcher, PoolLauncher):
            launcher.close()
    returns = [result for search in searches for result in search.returns]
    if not context.is_grid:
        return None
    return [returns[start : start + settings.n_jobs] for start in range(0, len(returns), settings.n_jobs)]


def _run_cells(
    context: SearchContext, store: BaseStorage, folder: Path, first: Sequence[Sequence[Mapping[str, Any]]]
) -> list[Search]:
    searches: list[Search] = []
    for index in range(len(context.plan.cells)):
        if context.limits.over():
            break
        context.limits.next_study()
        search, info = open_study(context, store, index, folder, first[index])
        if not searches:  # a study that may not be resumed has been refused by now
            OmegaConf.save(context.config, folder / "multirun.yaml")
        searches.append(search)
        _notify(context.observer, "on_study_start", cell=info)
        try:
            search.run()
        finally:
            best = best_trials(search.study)
            _notify(context.observer, "on_study_end", cell=info, best=best)
            write_results([one.study for one in searches], folder)
        log.info("%s: best %s", search.study.study_name, best or "none")
    return searches


def _example(plan: StudyPlan, cell: Mapping[str, str]) -> tuple[str, ...]:
    """Return the overrides of one point of the space, any point."""
    return plan.overrides(cell, {name: _any_value(kind) for name, kind in plan.space.items()})


def _any_value(kind: Any) -> Any:
    return kind.choices[0] if hasattr(kind, "choices") else kind.low


def _extender(settings: StudySettings) -> Any:
    if not settings.custom_search_space:
        return None
    node = {"_target_": settings.custom_search_space, "_partial_": True}
    return instantiate(node, _execution_whitelist_=_whitelist(settings.custom_search_space))


def _observer(settings: StudySettings) -> Any:
    observer = settings.observer
    if not OmegaConf.is_config(observer):
        return observer
    return instantiate(observer, _execution_whitelist_=_whitelist(str(observer.get("_target_"))))


def _whitelist(target: str) -> list[str] | None:
    """Return None where the app has a whitelist; else `target`, which the user's own command names."""
    return None if _get_active_execution_whitelist() is not None else [target]


def _notify(observer: Any, event: str, **facts: Any) -> None:
    if observer is not None and hasattr(observer, event):
        getattr(observer, event)(**facts)
