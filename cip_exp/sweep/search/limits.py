"""Limits that stop a sweep before its budget is spent: time, target, patience, failures, Ctrl-C."""

from __future__ import annotations

import logging
import re
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cip_exp.errors import TrialError
from cip_exp.sweep.search.outcomes import DUPLICATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from optuna.trial import FrozenTrial

    from cip_exp.sweep.search.study_settings import StudySettings


log = logging.getLogger(__name__)


class Limits:
    """Counts trials: time and failures over the whole sweep, the rest over the current study."""

    def __init__(self, settings: StudySettings) -> None:
        self.settings = settings
        self.interrupted = False
        self.finished_trials = 0
        self.errors: list[BaseException] = []
        self._give_up_error: BaseException | None = None
        self._until = None if settings.timeout is None else time.monotonic() + settings.timeout
        self.next_study()

    def next_study(self) -> None:
        """Reset the counts that belong to one study."""
        self.best: float | None = None
        self._since_best = 0

    def reached(self) -> bool:
        """Return whether no further trial is to be started."""
        return (
            self.interrupted
            or self._give_up_error is not None
            or (self._until is not None and time.monotonic() >= self._until)
            or (self.settings.patience is not None and self._since_best >= self.settings.patience)
            or self._on_target()
        )

    def over(self) -> bool:
        """Return whether no further study is to be started either."""
        timed_out = self._until is not None and time.monotonic() >= self._until
        return self.interrupted or self._give_up_error is not None or timed_out

    def count_earlier(self, state: str, values: Sequence[float] | None) -> None:
        """Count a trial of an earlier run: towards patience and target, not towards failures."""
        if state == "complete" and values is not None and len(values) == 1 and self._is_better(values[0]):
            self.best = values[0]
            self._since_best = 0
        elif state != "failed":
            self._since_best += 1

    def count(self, state: str, values: Sequence[float] | None, error: BaseException | None = None) -> None:
        """Count a trial of this run, with the error of a failed one."""
        self.finished_trials += 1
        self.count_earlier(state, values)
        if error is not None:
            log.warning("Failed trial: %s", error)
            self.errors.append(error)
            self._check_failures(error)

    def raise_if_given_up(self) -> None:
        """Raise the job's own error, with its traceback, where too many trials have failed."""
        if self._give_up_error is None and self.errors and self._too_many(self.finished_trials):
            self._give_up_error = self.errors[-1]
        if self._give_up_error is not None:
            raise self._give_up_error

    def _is_better(self, value: float) -> bool:
        if self.best is None:
            return True
        return value > self.best if self.settings.directions[0] == "maximize" else value < self.best

    def _on_target(self) -> bool:
        target = self.settings.target
        if target is None or self.best is None:
            return False
        return self.best >= target if self.settings.directions[0] == "maximize" else self.best <= target

    def _too_many(self, finished: int) -> bool:
        return len(self.errors) > self.settings.max_failure_rate * finished

    def _check_failures(self, error: BaseException) -> None:
        # As with the stock sweeper's batches, a rate needs at least as many trials as run at a time.
        enough = self.settings.max_failure_rate == 0 or self.finished_trials >= self.settings.n_jobs
        if enough and self._too_many(self.finished_trials):
            log.error("%d of %d trials have failed: giving up.", len(self.errors), self.finished_trials)
            self._give_up_error = error
        first = self.settings.fail_fast
        if first is None or not len(self.errors) == self.finished_trials == first or first == 1:
            return
        if len({_signature(one) for one in self.errors}) == 1 and self._give_up_error is None:
            what = f"{type(error).__name__}: {error}"
            msg = f"The first {first} trials have all failed with the same error: {what}"
            self._give_up_error = TrialError(msg)
            self._give_up_error.__cause__ = error


def _signature(error: BaseException) -> tuple[str, str]:
    """Return what two errors have in common that differ in their numbers only."""
    return type(error).__name__, re.sub(r"[\d.]+", "#", str(error))[:300]


def reports_of(trials: Sequence[FrozenTrial]) -> int:
    """Count the reports of all jobs, each step once; a duplicate has none of its own."""
    return sum(len(trial.intermediate_values) for trial in trials if DUPLICATE not in trial.user_attrs)


@contextmanager
def interruptible(limits: Limits) -> Iterator[None]:
    """Stop new trials at the first Ctrl-C and all at the second; both raise KeyboardInterrupt in the end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> Any:  # noqa: ARG001 (the signal module's signature)
        if limits.interrupted:
            raise KeyboardInterrupt
        limits.interrupted = True
        log.warning("Interrupted: running trials are finished. Press Ctrl-C again to stop at once.")

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
        if limits.interrupted:
            raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, before)
