"""When a sweep stops before its budget is spent: time, target, patience, failures, Ctrl-C."""

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
    """Counts what has happened: time and failures over a whole sweep, the rest over the current study."""

    def __init__(self, settings: StudySettings) -> None:
        self.settings = settings
        self.interrupted = False
        self.finished_trials = 0
        self.errors: list[BaseException] = []
        self._hopeless: BaseException | None = None
        self._until = None if settings.timeout is None else time.monotonic() + settings.timeout
        self.next_study()

    def next_study(self) -> None:
        """Forget what belongs to one study."""
        self.best: float | None = None
        self._since_best = 0

    def reached(self) -> bool:
        """Say whether no further trial shall be started."""
        return (
            self.interrupted
            or self._hopeless is not None
            or (self._until is not None and time.monotonic() >= self._until)
            or (self.settings.patience is not None and self._since_best >= self.settings.patience)
            or self._on_target()
        )

    def over(self) -> bool:
        """Say whether no further study shall be started either."""
        timed_out = self._until is not None and time.monotonic() >= self._until
        return self.interrupted or self._hopeless is not None or timed_out

    def seen_before(self, state: str, values: Sequence[float] | None) -> None:
        """Count a trial of an earlier run: towards patience and target, not towards failures."""
        if state == "complete" and values is not None and len(values) == 1 and self._is_better(values[0]):
            self.best = values[0]
            self._since_best = 0
        elif state != "failed":
            self._since_best += 1

    def finished(
        self, state: str, values: Sequence[float] | None, error: BaseException | None = None
    ) -> None:
        """Count a trial of this run."""
        self.finished_trials += 1
        self.seen_before(state, values)
        if error is not None:
            log.warning("Failed trial: %s", error)
            self.errors.append(error)
            self._judge_failures(error)

    def raise_if_hopeless(self) -> None:
        """Raise what made the sweep give up, if it did; the job's own error, with its traceback."""
        if self._hopeless is None and self.errors and self._too_many(self.finished_trials):
            self._hopeless = self.errors[-1]
        if self._hopeless is not None:
            raise self._hopeless

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

    def _judge_failures(self, error: BaseException) -> None:
        # As with the stock sweeper's batches, a rate is not judged on fewer trials than run at a time.
        enough = self.settings.max_failure_rate == 0 or self.finished_trials >= self.settings.n_jobs
        if enough and self._too_many(self.finished_trials):
            log.error("%d of %d trials have failed: giving up.", len(self.errors), self.finished_trials)
            self._hopeless = error
        first = self.settings.fail_fast
        if first is None or not len(self.errors) == self.finished_trials == first or first == 1:
            return
        if len({_signature(one) for one in self.errors}) == 1 and self._hopeless is None:
            msg = f"The first {first} trials have all failed alike: {type(error).__name__}: {error}"
            self._hopeless = TrialError(msg)
            self._hopeless.__cause__ = error


def _signature(error: BaseException) -> tuple[str, str]:
    """Numbers aside, the same bug says the same."""
    return type(error).__name__, re.sub(r"[\d.]+", "#", str(error))[:300]


def reports_of(trials: Sequence[FrozenTrial]) -> int:
    """Count what jobs have reported, each step once; a trial that was answered from memory cost nothing."""
    return sum(len(trial.intermediate_values) for trial in trials if DUPLICATE not in trial.user_attrs)


@contextmanager
def interruptible(limits: Limits) -> Iterator[None]:
    """Let the first Ctrl-C stop the asking, the second everything; KeyboardInterrupt follows either way."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> Any:  # noqa: ARG001 (the signal module's signature)
        if limits.interrupted:
            raise KeyboardInterrupt
        limits.interrupted = True
        log.warning("Interrupted: finishing the running trials. Ctrl-C again stops at once.")

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
        if limits.interrupted:
            raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, before)
