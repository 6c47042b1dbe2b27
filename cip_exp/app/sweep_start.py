"""The start of a sweep: its folder, its parent run, and the context that its trials get."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cip_exp.app.messages import print_message
from cip_exp.app.recording import SweepRecorder
from cip_exp.app.study_recorder import StudyRecorder, install_recorder
from cip_exp.errors import ConfigError, describe, nearest
from cip_exp.records.sweep_context import VARIABLE, SweepContext
from cip_exp.records.vocabulary import Tag
from cip_exp.track import sweep_folder
from cip_exp.track.connect import open_store
from cip_exp.track.provenance import git_state
from cip_exp.trial.prepare import prepare
from cip_exp.trial.table_cache import file_digests

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cip_exp.app.sweep_plan import SweepPlan
    from cip_exp.config.settings import Settings
    from cip_exp.track.store import Store


def open_sweep(plan: SweepPlan, checked: Sequence[Settings], where: Path) -> SweepContext:
    """Create the folder and the parent run of a sweep whose cells are all checked.

    Raises:
        ConfigError: the folder holds a study, and the command does not say to resume it.
    """
    folder, first = where.resolve(), checked[0]
    before = sweep_folder.read_trials(folder) if folder.is_dir() else []
    if before and not plan.resume:
        msg = describe(
            f"{folder.name} holds {len(before)} trials already", "hydra.sweeper.study_name", "a new name",
            "hydra.sweeper.resume=true goes on with it",
        )  # fmt: skip
        raise ConfigError(msg)
    if plan.resume and not folder.is_dir():
        others = [each.name for each in folder.parent.glob("*")] if folder.parent.is_dir() else []
        print_message(
            f"there is no study '{folder.name}' to resume, so it begins.{nearest(folder.name, others)}"
        )
    store = open_store(first)
    folder.mkdir(parents=True, exist_ok=True)
    if not before:  # resuming with another configuration is refused later, and must change nothing
        (folder / "resolved.yaml").write_text(first.yaml, encoding="utf-8")
    parent = None if first.track.name == "off" else _parent(store, plan, first, folder)
    facts = {
        f"data of cell {number}": prepare(settings).features.table.sha256
        for number, settings in enumerate(checked)
    }
    sweep = SweepContext(
        str(folder), plan.axes, plan.search, parent, plan.hyperparameters, plan.workers, file_digests()
    )
    os.environ[VARIABLE] = sweep.text()
    install_recorder(StudyRecorder(SweepRecorder(folder, parent, first), facts))
    return sweep


def _parent(store: Store, plan: SweepPlan, first: Settings, folder: Path) -> str | None:
    """Start the parent run, or reopen the one that is noted in the folder."""
    known = sweep_folder.read_parent(folder)
    if known is not None:
        _reopen(store, known, folder)
        return known
    run_id = store.start_parent(folder.name, _parent_tags(first, plan, folder), _parent_params(plan))
    if run_id is not None:
        sweep_folder.write_parent(folder, run_id)
    return run_id


def _reopen(store: Store, parent_id: str, folder: Path) -> None:
    """Reopen a parent run, and delete children that a killed process left half written."""
    store.reopen(parent_id)
    stages = (folder, folder / sweep_folder.CONFIRM)
    written = {done.run_id for stage in stages for done in sweep_folder.read_trials(stage)}
    for child in store.children(parent_id):
        if child.info.status == "RUNNING" or child.info.run_id not in written:
            store.delete(child.info.run_id)


def _parent_tags(settings: Settings, plan: SweepPlan, folder: Path) -> dict[str, str]:
    """Return the tags of the parent run."""
    commit, dirty = git_state()
    return {
        Tag.TASK: settings.model.task, Tag.DATA: settings.data.name, Tag.FOLDER: folder.name,
        Tag.GIT_COMMIT: commit, Tag.GIT_DIRTY: dirty, Tag.AXES: ",".join(plan.axes),
    }  # fmt: skip


def _parent_params(plan: SweepPlan) -> dict[str, str]:
    """Return the swept and fixed keys with their values, as params of the parent run."""
    values_of: dict[str, list[str]] = {}
    for cell in plan.to_check:
        for override in cell:
            key, _, value = override.partition("=")
            values_of.setdefault(key.lstrip("+"), []).append(value)
    return {key: ",".join(dict.fromkeys(values)) for key, values in values_of.items()}
