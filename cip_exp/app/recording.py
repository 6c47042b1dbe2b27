"""One writer a sweep: trials leave records in its folder, and its own process brings them to the store.

So workers import nothing of MLflow, launchers need not know of it, and the store sees one writer however many
workers there are. A record that was left while nobody watched is brought in at the end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cip_exp.app import store_access
from cip_exp.runtime import PollingThread
from cip_exp.track import sweep_folder

if TYPE_CHECKING:
    from cip_exp.config.settings import Settings
    from cip_exp.records.sweep_context import SweepContext


POLL_SECONDS = 0.2


class FolderRecorder:
    """Watches the folder of a sweep from a thread of its own until `close`."""

    def __init__(self, sweep: SweepContext, settings: Settings) -> None:
        self._sweep = sweep
        self._settings = settings
        self._written: set[int] = set()
        self._watch = PollingThread("recorder", self._bring, POLL_SECONDS)
        self._watch.start()

    def _bring(self) -> None:
        """Write each new record to the store, and note its run in the record."""
        for number in sweep_folder.numbers(self._sweep.path):
            if number in self._written:
                continue
            done = sweep_folder.read_trial(self._sweep.path, number)
            if done is not None and done.run_id is None:
                run_id = store_access.record_child(self._settings, done, self._sweep.parent_id)
                sweep_folder.write_trial(self._sweep.path, replace(done, run_id=run_id))
            self._written.add(number)

    def close(self) -> None:
        """Stop watching, and bring in what is left."""
        self._watch.close()
        self._bring()
