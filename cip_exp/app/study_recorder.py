"""The study sweeper's observer: each finished trial goes to the store from the sweep's own process.

Workers leave a trial's record in the sweep's folder and know nothing of MLflow. The record is completed here:
the trial's number in its study, what it duplicates, its run in the store.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from cip_exp.app import store_access
from cip_exp.errors import TrialError
from cip_exp.records import sweep_context
from cip_exp.track import sweep_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial
    from cip_exp.sweep.search.outcomes import CellInfo


class StudyRecorder:
    """Told by the sweeper of studies and trials; see `cip_exp.sweep.search.study`."""

    settings: ClassVar[Settings | None] = None
    """Of some cell of the running sweep; set by the callback, before Hydra makes the sweeper."""
    facts: ClassVar[Mapping[str, str]] = {}
    """What a resumed study must find unchanged: its data."""

    def fingerprint(self) -> Mapping[str, str]:
        """Return the facts that a study rests on beyond its configuration."""
        return StudyRecorder.facts

    def on_study_start(self, *, cell: CellInfo) -> None:
        """Add what an interrupted run had finished and not yet written."""
        for end in cell.finished:
            self._write(end.number, end.job, end.state, end.overrides, end.duplicate_of, end.error)

    def on_trial_end(
        self, *, number: int, job: int, state: str, overrides: Sequence[str], duplicate_of: int | None,
        error: str, **_: Any,
    ) -> None:  # fmt: skip
        """Record one trial."""
        self._write(number, job, state, overrides, duplicate_of, error)

    def _write(
        self, number: int, job: int, state: str, overrides: Sequence[str], original: int | None, error: str
    ) -> None:
        sweep = sweep_context.current()
        if sweep is None or StudyRecorder.settings is None:
            return
        own = sweep_folder.read_trial(sweep.path, job)
        if own is not None and own.run_id is not None:
            return
        first = None if original is None else sweep_folder.read_trial(sweep.path, job - number + original)
        if own is None and first is not None:
            own = _duplicate(first, job, number)
        if own is None:
            what = TrialError(error or f"it ended as {state} and left no record")
            own = _lost(StudyRecorder.settings, job, overrides, what)
        done = replace(own, tags={**own.tags, "cip.stage": "search", "cip.trial_number": str(number)})
        run_id = store_access.record_child(StudyRecorder.settings, done, sweep.parent_id)
        sweep_folder.write_trial(sweep.path, replace(done, run_id=run_id))


def _duplicate(first: Trial, job: int, number: int) -> Trial:
    """Return the record of a trial that was answered from memory: the first one's figures, at no cost."""
    tags = {key: value for key, value in first.tags.items() if key != "cip.winner"}
    tags["cip.duplicate_of"] = str(first.number - job + number)
    metrics = {name: value for name, value in first.metrics.items() if not name.startswith("test_")}
    metrics["fit_seconds"] = 0.0
    return replace(first, number=job, tags=tags, metrics=metrics, run_id=None, started=first.ended)


def _lost(settings: Settings, job: int, overrides: Sequence[str], error: TrialError) -> Trial:
    """Return the record of a trial whose process died before it could leave one."""
    from cip_exp.trial.run import TrialRequest, failed_trial

    return failed_trial(settings, TrialRequest(job, tuple(overrides)), error, 0.0)
