"""The beginning of a sweep: its folder, its parent in the store, and what is told to its trials."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cip_exp.app import store_access, sweep_plan
from cip_exp.app.messages import print_message
from cip_exp.app.study_recorder import StudyRecorder
from cip_exp.errors import ConfigError, describe, nearest
from cip_exp.records.sweep_context import VARIABLE, SweepContext
from cip_exp.selection import confirmation
from cip_exp.track import sweep_folder as records
from cip_exp.trial.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cip_exp.app.sweep_plan import SweepPlan
    from cip_exp.config.settings import Settings
    from cip_exp.track.connect import Store


def open_sweep(plan: SweepPlan, checked: Sequence[Settings], where: Path) -> SweepContext:
    """Open the folder and the parent of a sweep whose cells are all in order.

    Raises:
        ConfigError: the folder holds a study, and the command does not say to go on with it.
    """
    folder, first = where.resolve(), checked[0]
    before = records.read_trials(folder) if folder.is_dir() else []
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
    store = store_access.open_store(first)
    folder.mkdir(parents=True, exist_ok=True)
    if not before:  # a study that is resumed with another configuration is refused, and left as it was
        (folder / "resolved.yaml").write_text(first.yaml, encoding="utf-8")
    parent = None if store is None else _parent(store, plan, first, folder)
    sweep = SweepContext(str(folder), plan.axes, plan.search, parent, plan.hyperparameters, plan.workers)
    os.environ[VARIABLE] = sweep.text()
    StudyRecorder.settings = first
    StudyRecorder.facts = {
        f"data of cell {number}": prepare(settings).features.table.sha256
        for number, settings in enumerate(checked)
    }
    return sweep


def _parent(store: Store, plan: SweepPlan, first: Settings, folder: Path) -> str:
    """Start the parent run, or go on with the one the folder remembers."""
    known = records.read_parent(folder)
    if known is not None:
        _reopen(store, known, folder)
        return known
    run_id = store.start_parent(
        folder.name, sweep_plan.parent_tags(first, plan, folder), sweep_plan.parent_params(plan)
    )
    records.write_parent(folder, run_id)
    return run_id


def _reopen(store: Store, parent_id: str, folder: Path) -> None:
    """Set a parent running again, and drop what a killed process left half written."""
    store.reopen(parent_id)
    stages = (folder, folder / confirmation.FOLDER)
    written = {done.run_id for stage in stages for done in records.read_trials(stage)}
    for child in store.children(parent_id):
        if child.info.status == "RUNNING" or child.info.run_id not in written:
            store.delete(child.info.run_id)
