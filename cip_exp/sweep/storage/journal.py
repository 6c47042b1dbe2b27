"""An Optuna journal file, one line a change, which writes many changes at once.

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
    """A lock that the operating system releases when its owner is killed.

    Optuna's own locks remain after a SIGKILL, and the next process waits 30 s for them.
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
        """Release the lock."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class Journal(BaseJournalBackend):
    """Logs in a file, one line each; for one storage in this process, and any number in other processes.

    It waits for the disk once a trial, when the trial ends. What a killed process has written is not lost; a
    power cut may lose running trials.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        windows = sys.platform == "win32"
        self._lock: BaseJournalFileLock = JournalFileOpenLock(str(path)) if windows else FlockFile(str(path))
        self._next = (0, 0)
        """The number of the log that is read next, and its position in the file."""
        self._pending: list[bytes] | None = None
        """Lines of the open block; None outside a block."""
        self._all_read = False
        """True in a block once the file was read to its end: no other process can add to it then."""
        self._unsynced = False
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            path.touch()
            _drop_incomplete_line(path)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append one line a log, in the open block or in the file."""
        lines = [json.dumps(log, separators=(",", ":")).encode() + b"\n" for log in logs]
        self._unsynced |= any(log.get("op_code") == JournalOperation.SET_TRIAL_STATE_VALUES for log in logs)
        if self._pending is not None:
            self._pending += lines
            return
        with self._locked():
            self._write(lines)
        self.sync()

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """Yield the logs from a number on, those of the open block included."""
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
                if not line.endswith(b"\n"):  # another process is still writing it
                    break
                number, place = number + 1, place + len(line)
                self._next = max(self._next, (number, place))
                if number > log_number_from:
                    yield json.loads(line)

    @contextmanager
    def block(self) -> Iterator[None]:
        """Write all logs of the block in one write, when it ends; other processes wait until then.

        The block does not wait for the disk: `sync` does.
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

    def sync(self) -> None:
        """Wait until all finished trials are on the disk."""
        if self._unsynced:
            with self._path.open("ab") as journal:
                os.fsync(journal.fileno())
            self._unsynced = False

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


def _drop_incomplete_line(path: Path) -> None:
    """Remove the last line where a killed process has written only a part of it."""
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)
