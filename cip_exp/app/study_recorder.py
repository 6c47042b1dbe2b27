"""The observer of the study sweeper: it records each finished trial of a search.

The record of a worker lacks the number of the trial in its study, what it duplicates, and its run in the
store: they are added here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cip_exp.config.resolve import without_new_keys
from cip_exp.errors import TrialError
from cip_exp.records.vocabulary import FIT_SECONDS, OF_A_WINNER, WINNER_TAGS, Tag
from cip_exp.track import sweep_folder
from cip_exp.trial.run import TrialRequest, failed_trial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cip_exp.app.recording import SweepRecorder
    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial
    from cip_exp.sweep.search.outcomes import StudyInfo

_current: list[StudyRecorder] = []


class StudyRecorder:
    """Called by the sweeper at the start of a study and at the end of each trial."""

    def __init__(self, recorder: SweepRecorder, facts: Mapping[str, str]) -> None:
        """`facts`: what a resumed study must find unchanged besides its configuration, such as its data."""
        self._recorder = recorder
        self._facts = facts

    def fingerprint(self) -> Mapping[str, str]:
        """Return the facts that a resumed study must find unchanged."""
        return self._facts

    def comparable(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what of a configuration a resumed study must find unchanged, whichever version wrote it."""
        return without_new_keys(config)

    def on_study_start(self, *, cell: StudyInfo) -> None:
        """Record trials that an interrupted run had finished and not yet recorded."""
        for end in cell.finished:
            self._save(end.number, end.job, end.state, end.overrides, end.duplicate_of, end.error)

    def on_trial_end(
        self, *, number: int, job: int, state: str, overrides: Sequence[str], duplicate_of: int | None,
        error: str, **_: Any,
    ) -> None:  # fmt: skip
        """Record one trial."""
        self._save(number, job, state, overrides, duplicate_of, error)

    def _save(
        self, number: int, job: int, state: str, overrides: Sequence[str], original: int | None, error: str
    ) -> None:
        folder = self._recorder.folder
        own = sweep_folder.read_trial(folder, job)
        if own is not None and own.run_id is not None:
            return
        first = None if original is None else sweep_folder.read_trial(folder, job - number + original)
        if own is None and first is not None:
            own = _duplicate(first, job, number)
        if own is None:
            lost = TrialError(error or f"it ended as {state} and left no record")
            own = _lost(self._recorder.settings, job, overrides, lost)
        self._recorder.save(
            replace(own, tags={**own.tags, Tag.STAGE: "search", Tag.TRIAL_NUMBER: str(number)})
        )


def install_recorder(recorder: StudyRecorder) -> None:
    """Make `recorder` the observer of the sweep that this process is about to run."""
    _current[:] = [recorder]


def study_recorder() -> StudyRecorder | None:
    """Return the installed observer; the sweeper's configuration names this function."""
    return _current[-1] if _current else None


def _duplicate(first: Trial, job: int, number: int) -> Trial:
    """Return the record of a duplicate: the figures of the trial that was scored first, at no cost."""
    tags = {key: value for key, value in first.tags.items() if key not in WINNER_TAGS}
    tags[Tag.DUPLICATE_OF] = str(first.number - job + number)
    metrics = {name: value for name, value in first.metrics.items() if not name.startswith(OF_A_WINNER)}
    metrics[FIT_SECONDS] = 0.0
    plain = replace(first, tags=tags, metrics=metrics, winner_notes=())
    return replace(plain, number=job, run_id=None, started=first.ended)


def _lost(settings: Settings, job: int, overrides: Sequence[str], error: TrialError) -> Trial:
    """Return the record of a trial whose process died before it could write one."""
    return failed_trial(settings, TrialRequest(job, tuple(overrides)), error, 0.0)
