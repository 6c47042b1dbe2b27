"""A whole sweep: one study after another over the cells of the outer grid, and the file that sums them up."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from hydra.utils import instantiate
from omegaconf import OmegaConf

from cip_exp.errors import ConfigError, describe
from cip_exp.sweep import space
from cip_exp.sweep.pool.launcher import PoolLauncher
from cip_exp.sweep.samplers.factory import build_pruner, build_sampler
from cip_exp.sweep.search.executors import executor_for
from cip_exp.sweep.search.limits import Limits, interruptible
from cip_exp.sweep.search.outcomes import CellInfo
from cip_exp.sweep.search.plan import StudyPlan, first_points, make_plan
from cip_exp.sweep.search.study import Search, SearchContext
from cip_exp.sweep.search.study_settings import StudySettings, check_replicates, read_settings
from cip_exp.sweep.storage import study_storage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hydra.plugins.launcher import Launcher
    from hydra.types import HydraContext
    from omegaconf import DictConfig
    from optuna.storages import BaseStorage


log = logging.getLogger(__name__)
_FIRST_JOB = "cip:first_job"
RESULTS = "optimization_results.yaml"


def run_sweep(
    options: Mapping[str, Any],
    config: DictConfig,
    context: HydraContext,
    launcher: Launcher,
    arguments: Sequence[str],
) -> list[list[Any]] | None:
    """Do what StudySweeper.sweep promises."""
    settings = read_settings(options)
    plan = make_plan(settings, context.config_loader, arguments)
    check_replicates(settings, config, plan.replicates)
    build_pruner(settings.pruner)
    # Absolute: a job may change the working directory of this very process.
    folder = Path(str(config.hydra.sweep.dir)).absolute()
    limits = Limits(settings)
    scene = SearchContext(
        settings, plan, config, executor_for(launcher, settings.n_jobs), limits,
        _extender(settings), _observer(settings), str(folder),
    )  # fmt: skip
    for cell in plan.cells:
        # A composition that cannot work is found before anything is written.
        context.config_loader.load_sweep_config(config, list(_example(plan, cell)))
    first = first_points(settings, plan, config, context.config_loader)
    folder.mkdir(parents=True, exist_ok=True)
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # we log each trial ourselves
    try:
        with interruptible(limits):
            searches = _run_cells(scene, study_storage.open_storage(settings.storage, folder), folder, first)
    finally:
        optuna.logging.set_verbosity(verbosity)
        if isinstance(launcher, PoolLauncher):
            launcher.close()
    returns = [result for search in searches for result in search.returns]
    if not scene.plain:
        return None
    return [returns[start : start + settings.n_jobs] for start in range(0, len(returns), settings.n_jobs)]


def _run_cells(
    scene: SearchContext, store: BaseStorage, folder: Path, first: Sequence[Sequence[Mapping[str, Any]]]
) -> list[Search]:
    searches: list[Search] = []
    for index, cell in enumerate(scene.plan.cells):
        if scene.limits.over():
            break
        scene.limits.next_study()
        search, info = _open(scene, store, index, cell, folder, first[index])
        if not searches:  # a study that was begun with something else has been refused by now
            OmegaConf.save(scene.config, folder / "multirun.yaml")
        searches.append(search)
        _notify(scene.observer, "on_study_start", cell=info)
        try:
            search.run()
        finally:
            best = _best(search.study)
            _notify(scene.observer, "on_study_end", cell=info, best=best)
            _save([one.study for one in searches], folder)
        log.info("%s: best %s", search.study.study_name, best or "none")
    return searches


def _open(
    scene: SearchContext, store: BaseStorage, index: int, cell: Mapping[str, str], folder: Path,
    first: Sequence[Mapping[str, Any]],
) -> tuple[Search, CellInfo]:  # fmt: skip
    """Create or resume the study of one cell."""
    settings, plan = scene.settings, scene.plan
    name = "/".join([settings.study_name or folder.name, *cell.values()])
    names = {
        summary.study_name for summary in optuna.get_all_study_summaries(store, include_best_trial=False)
    }
    if name in names and not settings.resume and scene.plain:
        # Nothing is searched: a grid run again in the same folder starts over, as with any other sweeper.
        optuna.delete_study(study_name=name, storage=store)
        names.remove(name)
    if name in names and not settings.resume:
        msg = describe(
            f"Study '{name}' exists already.", "hydra.sweeper.study_name", "a new name",
            "hydra.sweeper.resume=true goes on with it",
        )  # fmt: skip
        raise ConfigError(msg)
    pruner = build_pruner(settings.pruner)
    if name in names:
        study = optuna.load_study(study_name=name, storage=store, pruner=pruner)
    else:
        study = optuna.create_study(
            storage=store,
            study_name=name,
            directions=[optuna.study.StudyDirection[each.upper()] for each in settings.directions],
            pruner=pruner,
            load_if_exists=True,  # another process may have been quicker
        )
    study_storage.check_facts(study, _facts(scene, cell), fresh=name not in names)
    lost = study_storage.requeue_lost(study)
    if lost:
        log.info("Trials %s were lost with their process and run again.", lost)
    before = study.get_trials(deepcopy=False)
    study.sampler = build_sampler(settings.sampler, plan.space, before, name, _wants_liar(scene))
    for point in first:
        study.enqueue_trial(dict(point), skip_if_exists=True)
    search = Search(scene, study, cell, _first_job(store, study, index, scene))
    finished = search.load()
    info = CellInfo(
        name, index, tuple(cell.values()), settings.directions, search.n_trials, plan.replicates,
        scene.sweep_dir, str(settings.storage or folder / "journal.log"), bool(before), tuple(finished),
    )  # fmt: skip
    return search, info


def _first_job(store: BaseStorage, study: optuna.Study, index: int, scene: SearchContext) -> int:
    """Return the job number of trial 0: 0 for the first cell, then steps with room for later resumptions."""
    attrs = store.get_study_system_attrs(study._study_id)
    if _FIRST_JOB not in attrs:
        jobs = scene.settings.n_trials * scene.plan.jobs_per_trial
        stride = 1 if scene.plain and scene.plan.jobs_per_trial == 1 else 10 ** len(str(10 * jobs))
        store.set_study_system_attr(study._study_id, _FIRST_JOB, index * stride)
        return index * stride
    return int(attrs[_FIRST_JOB])


def _facts(scene: SearchContext, cell: Mapping[str, str]) -> dict[str, Any]:
    """Collect what a study rests on: it must not change between a run and its resumption."""
    settings, plan = scene.settings, scene.plan
    config = OmegaConf.to_container(
        OmegaConf.masked_copy(scene.config, _job_keys(scene.config)), resolve=False
    )
    extra = dict(settings.fingerprint)
    if hasattr(scene.observer, "fingerprint"):
        extra.update(scene.observer.fingerprint())
    return {
        "config": config,
        "overrides": sorted(plan.fixed.values()),
        "cell": sorted(cell.values()),
        "space": space.plain(plan.space),
        "custom_search_space": settings.custom_search_space,
        "direction": list(settings.directions),
        "replicates": [plan.replicates_key, list(plan.replicates), plan.replicates_into],
        "fingerprint": {key: str(value) for key, value in extra.items()},
    }


def _job_keys(config: DictConfig) -> list[Any]:
    return [key for key in config if key != "hydra"]


def _wants_liar(scene: SearchContext) -> bool:
    """True where several trials run at a time and the user has not said otherwise."""
    said = str(OmegaConf.to_container(scene.config.hydra.overrides.hydra, resolve=False))
    return scene.settings.n_jobs > 1 and "sweeper.sampler.constant_liar" not in said


def _example(plan: StudyPlan, cell: Mapping[str, str]) -> tuple[str, ...]:
    """Spell one point of the space, any point."""
    params = {name: _any_value(kind) for name, kind in plan.space.items()}
    return plan.overrides(cell, params)


def _any_value(kind: Any) -> Any:
    return kind.choices[0] if hasattr(kind, "choices") else kind.low


def _extender(settings: StudySettings) -> Any:
    if not settings.custom_search_space:
        return None
    return instantiate({"_target_": settings.custom_search_space, "_partial_": True})


def _observer(settings: StudySettings) -> Any:
    observer = settings.observer
    return instantiate(observer) if OmegaConf.is_config(observer) else observer


def _notify(observer: Any, event: str, **facts: Any) -> None:
    if observer is not None and hasattr(observer, event):
        getattr(observer, event)(**facts)


def _best(study: optuna.Study) -> list[dict[str, Any]] | None:
    """Return number, params and values of the best trial, or of the front; None where none is complete."""
    if len(study.directions) > 1:
        trials = study.best_trials
    else:
        trials = []
        with contextlib.suppress(ValueError):
            trials = [study.best_trial]
    return [{"number": t.number, "params": t.params, "values": list(t.values)} for t in trials] or None


def _save(studies: Sequence[optuna.Study], folder: Path) -> None:
    """Write the stock sweeper's results file; with an outer grid, one such block a cell."""
    blocks = {study.study_name: _block(study) for study in studies}
    content = next(iter(blocks.values())) if len(blocks) == 1 else {"name": "study", "cells": blocks}
    OmegaConf.save(OmegaConf.create(content), folder / RESULTS)


def _block(study: optuna.Study) -> dict[str, Any]:
    best = _best(study) or []
    if len(study.directions) > 1:
        front = [{"params": one["params"], "values": one["values"]} for one in best]
        return {"name": "optuna", "solutions": front}
    if not best:
        return {"name": "optuna", "best_params": None, "best_value": None}
    return {"name": "optuna", "best_params": best[0]["params"], "best_value": best[0]["values"][0]}
