"""A study's journal on disk: one line for each thing that happened, many of them in one write.

Optuna's own file backend opens, locks, writes and reads the file again for each parameter of each trial, and
waits for the disk each time.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from optuna.storages.journal import BaseJournalBackend, JournalFileOpenLock
from optuna.storages.journal._file import BaseJournalFileLock
from optuna.storages.journal._storage import JournalOperation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class FlockFile(BaseJournalFileLock):
    """A lock which the operating system lets go of when its holder is killed.

    Optuna's own locks outlive a SIGKILL, and the next process waits 30 s for them.
    """

    def __init__(self, path: str) -> None:
        self._path = path + ".flock"
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Wait for the lock."""
        import fcntl

        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        """Let go of the lock."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class Journal(BaseJournalBackend):
    """Logs in a file, a line each; for the one storage that reads it in this process, and any elsewhere.

    It waits for the disk once a trial, when that ends. What a killed process has written is safe in any case;
    a power cut may cost running trials.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        windows = sys.platform == "win32"
        self._lock: BaseJournalFileLock = JournalFileOpenLock(str(path)) if windows else FlockFile(str(path))
        self._next = (0, 0)
        """The number of the log that is read next, and where in the file it will stand."""
        self._pending: list[bytes] | None = None
        """Lines of the block that is under way."""
        self._all_read = False
        """True in a block once the file was read to its end, where nobody else can add to it."""
        self._unsettled = False
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            path.touch()
            _drop_torn_line(path)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append one line a log."""
        lines = [json.dumps(log, separators=(",", ":")).encode() + b"\n" for log in logs]
        self._unsettled |= any(log.get("op_code") == JournalOperation.SET_TRIAL_STATE_VALUES for log in logs)
        if self._pending is not None:
            self._pending += lines
            return
        with self._locked():
            self._write(lines)
        self.settle()

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """Yield the logs from a number on, those of the block under way included."""
        if not self._all_read or log_number_from < self._next[0]:
            yield from self._read(log_number_from)
        if self._pending is not None:
            self._all_read = True
            for line in self._pending[max(0, log_number_from - self._next[0]) :]:
                yield json.loads(line)

    def _read(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        number, place = self._next if log_number_from >= self._next[0] else (0, 0)
        with self._path.open("rb") as journal:
            journal.seek(place)
            for line in journal:
                if not line.endswith(b"\n"):  # somebody is still writing it
                    break
                number, place = number + 1, place + len(line)
                self._next = max(self._next, (number, place))
                if number > log_number_from:
                    yield json.loads(line)

    @contextmanager
    def block(self) -> Iterator[None]:
        """Write what the block appends at its end, at once; other processes wait until then.

        Nothing waits for the disk: that is left to `settle`.
        """
        with self._locked():
            self._pending = []
            try:
                yield
            finally:
                lines, self._pending = self._pending, None
                if self._all_read:
                    number, place = self._next
                    self._next = number + len(lines), place + sum(map(len, lines))
                self._all_read = False
                self._write(lines)

    def settle(self) -> None:
        """Wait until the disk has all trials that have ended."""
        if self._unsettled:
            with self._path.open("ab") as journal:
                os.fsync(journal.fileno())
            self._unsettled = False

    def _write(self, lines: list[bytes]) -> None:
        if lines:
            with self._path.open("ab") as journal:
                journal.write(b"".join(lines))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()


def _drop_torn_line(path: Path) -> None:
    """Cut off the last line where a killed process wrote only half of it."""
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)
