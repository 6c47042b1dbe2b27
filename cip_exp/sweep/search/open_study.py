"""Create or resume the study of one cell, and check that a resumed study is the same search as before."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import optuna
from omegaconf import OmegaConf

from cip_exp.errors import ConfigError, describe
from cip_exp.sweep.samplers.factory import build_pruner, build_sampler
from cip_exp.sweep.search.outcomes import StudyInfo
from cip_exp.sweep.search.plan import app_config
from cip_exp.sweep.search.study import Search
from cip_exp.sweep.space import as_text
from cip_exp.sweep.storage import study_storage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from optuna.storages import BaseStorage

    from cip_exp.sweep.search.search_context import SearchContext


log = logging.getLogger(__name__)
_FIRST_JOB = "cip:first_job"


def open_study(
    context: SearchContext, store: BaseStorage, index: int, folder: Path, first: Sequence[Mapping[str, Any]]
) -> tuple[Search, StudyInfo]:
    """Create or resume the study of the cell at `index`; `first` are the points that it tries first.

    Raises:
        ConfigError: the study exists and is not to be resumed, or it is another search than before.
    """
    settings, plan = context.settings, context.plan
    cell = plan.cells[index]
    name = "/".join([settings.study_name or folder.name, *cell.values()])
    exists = _prepare_name(context, store, name)
    pruner = build_pruner(settings.pruner)
    if exists:
        study = optuna.load_study(study_name=name, storage=store, pruner=pruner)
    else:
        study = optuna.create_study(
            storage=store,
            study_name=name,
            directions=[optuna.study.StudyDirection[each.upper()] for each in settings.directions],
            pruner=pruner,
            load_if_exists=True,  # another process may have created it just now
        )
    study_storage.check_facts(study, _facts(context, cell), fresh=not exists)
    lost = study_storage.requeue_lost(study)
    if lost:
        log.info("Trials %s were running when their process ended; they are run again.", lost)
    before = study.get_trials(deepcopy=False)
    study.sampler = build_sampler(settings.sampler, plan.space, before, name, _constant_liar(context))
    for point in first:
        study.enqueue_trial(dict(point), skip_if_exists=True)
    search = Search(context, study, cell, _first_job(context, store, study, index))
    finished = search.load()
    info = StudyInfo(
        name, index, tuple(cell.values()), settings.directions, search.n_trials, plan.replicates,
        context.sweep_dir, str(settings.storage or folder / "journal.log"), bool(before), tuple(finished),
    )  # fmt: skip
    return search, info


def _prepare_name(context: SearchContext, store: BaseStorage, name: str) -> bool:
    """Return whether the study exists and is resumed; raises ConfigError where it exists and is not to be."""
    summaries = optuna.get_all_study_summaries(store, include_best_trial=False)
    if name not in {summary.study_name for summary in summaries}:
        return False
    if context.settings.resume:
        return True
    if context.is_grid:
        # Nothing is searched: a grid that is run again in its folder starts anew, as with any other sweeper.
        optuna.delete_study(study_name=name, storage=store)
        return False
    msg = describe(
        f"Study '{name}' exists already.", "hydra.sweeper.study_name", "a new name",
        "hydra.sweeper.resume=true continues it",
    )  # fmt: skip
    raise ConfigError(msg)


def _first_job(context: SearchContext, store: BaseStorage, study: optuna.Study, index: int) -> int:
    """Return the job number of trial 0; numbers between two cells are free for later trials."""
    attrs = store.get_study_system_attrs(study._study_id)
    if _FIRST_JOB not in attrs:
        jobs = context.settings.n_trials * context.plan.jobs_per_trial
        stride = 1 if context.is_grid and context.plan.jobs_per_trial == 1 else 10 ** len(str(10 * jobs))
        store.set_study_system_attr(study._study_id, _FIRST_JOB, index * stride)
        return index * stride
    return int(attrs[_FIRST_JOB])


def _facts(context: SearchContext, cell: Mapping[str, str]) -> dict[str, Any]:
    """Return what must not change between a run and its resumption."""
    settings, plan = context.settings, context.plan
    extra, config = dict(settings.fingerprint), app_config(context.config)
    if hasattr(context.observer, "comparable"):
        config = context.observer.comparable(config)
    if hasattr(context.observer, "fingerprint"):
        extra.update(context.observer.fingerprint())
    return {
        "config": config,
        "overrides": sorted(plan.fixed.values()),
        "cell": sorted(cell.values()),
        "space": as_text(plan.space),
        "custom_search_space": settings.custom_search_space,
        "direction": list(settings.directions),
        "replicates": [plan.replicates_key, list(plan.replicates), plan.replicates_into],
        "fingerprint": {key: str(value) for key, value in extra.items()},
    }


def _constant_liar(context: SearchContext) -> bool:
    """Return whether TPE gets `constant_liar`: several trials at a time, and the user has not set it."""
    given = str(OmegaConf.to_container(context.config.hydra.overrides.hydra, resolve=False))
    return context.settings.n_jobs > 1 and "sweeper.sampler.constant_liar" not in given
