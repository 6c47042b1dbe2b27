"""Record the trials of a sweep in its folder and in the store, through one class.

Workers write records to the folder and import nothing of MLflow. The process that runs the sweep brings them
to the store, so that the store has one writer however many workers there are.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cip_exp.records.vocabulary import OF_A_WINNER, WINNER_TAGS
from cip_exp.runtime import PollingThread
from cip_exp.track import sweep_folder
from cip_exp.track.connect import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cip_exp.config.settings import Settings
    from cip_exp.records.sweep_context import SweepContext
    from cip_exp.records.trial import Trial
    from cip_exp.track.store import Store

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class SweepRecorder:
    """Writes, updates and removes records of trials in a sweep's folder and in the store."""

    folder: Path
    parent_id: str | None
    settings: Settings
    """Of some cell of the sweep; they name the store."""

    @property
    def store(self) -> Store:
        """The store, opened at the first use; one that records nothing with track=off."""
        return open_store(self.settings)

    def save(self, done: Trial, oof: NDArray[np.float64] | None = None, *, confirmed: bool = False) -> Trial:
        """Write a finished trial to the store and to the folder; return it with the id of its run."""
        run_id = self.store.log_trial(done, parent_id=self.parent_id, config_yaml=self.settings.yaml)
        saved = replace(done, run_id=run_id)
        sweep_folder.write_trial(self._stage(confirmed), saved, oof)
        return saved

    def update(self, done: Trial, metrics: Mapping[str, float], tags: Mapping[str, str]) -> Trial:
        """Add metrics and tags to a recorded trial."""
        updated = replace(done, metrics={**done.metrics, **metrics}, tags={**done.tags, **tags})
        sweep_folder.write_trial(self.folder, updated)
        if done.run_id is not None:
            self.store.add_metrics(done.run_id, metrics)
            self.store.set_tags(done.run_id, tags)
        return updated

    def unset_winner(self, done: Trial) -> Trial:
        """Remove from a recorded trial what it got as a winner, and the files that were saved with it."""
        if done.run_id is not None:
            for name in WINNER_TAGS:
                if name in done.tags:
                    self.store.delete_tag(done.run_id, name)
        tags = {key: value for key, value in done.tags.items() if key not in WINNER_TAGS}
        metrics = {name: value for name, value in done.metrics.items() if not name.startswith(OF_A_WINNER)}
        plain = replace(done, tags=tags, metrics=metrics, winner_notes=())
        sweep_folder.write_trial(self.folder, plain)
        shutil.rmtree(self.folder / "models" / str(done.number), ignore_errors=True)
        return plain

    def remove_confirmed(self, done: Trial) -> None:
        """Remove a trial of the confirm stage from the folder and from the store."""
        if done.run_id is not None:
            self.store.delete(done.run_id)
        sweep_folder.delete_trial(self._stage(True), done.number)

    def _stage(self, confirmed: bool) -> Path:
        return self.folder / sweep_folder.CONFIRM if confirmed else self.folder


class FolderRecorder:
    """Brings records that workers leave in the folder to the store, from a thread, until `close`."""

    def __init__(self, sweep: SweepContext, settings: Settings) -> None:
        self._recorder = SweepRecorder(sweep.path, sweep.parent_id, settings)
        self._written: set[int] = set()
        self._thread = PollingThread("recorder", self._save_new, POLL_SECONDS)
        self._thread.start()

    def _save_new(self) -> None:
        """Write each new record to the store, and add the id of its run to the record."""
        folder = self._recorder.folder
        for number in sweep_folder.numbers(folder):
            if number in self._written:
                continue
            done = sweep_folder.read_trial(folder, number)
            if done is not None and done.run_id is None:
                self._recorder.save(done)
            self._written.add(number)

    def close(self) -> None:
        """Stop the thread, and write what is left."""
        self._thread.close()
        self._save_new()
