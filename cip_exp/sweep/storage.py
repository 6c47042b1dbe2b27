"""Where a study is kept, who owns its running trials, and what must not change before it is resumed."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.storages.journal._file import BaseJournalFileLock
from optuna.storages.journal._storage import JournalOperation
from optuna.trial import TrialState

from cip_exp.errors import ConfigError, describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optuna.storages import BaseStorage

OWNER = "cip:owner"
FACTS = "cip:facts"


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


class Journal(JournalFileBackend):
    """A journal that waits for the disk once a trial, when it ends, and not for each of its parameters.

    What a killed process has written is safe in any case; a power cut may cost the running trials.
    """

    def __init__(self, path: str, lock: BaseJournalFileLock) -> None:
        super().__init__(path, lock_obj=lock)
        self._path = path
        self._own_lock = lock

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append one line a log."""
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        durable = any(log.get("op_code") == JournalOperation.SET_TRIAL_STATE_VALUES for log in logs)
        self._own_lock.acquire()
        try:
            with Path(self._path).open("ab") as journal:
                journal.write(lines.encode("utf-8"))
                journal.flush()
                if durable:
                    os.fsync(journal.fileno())
        finally:
            self._own_lock.release()


def open_storage(wish: Any, folder: Path) -> BaseStorage:
    """Open the storage: null is `journal.log` in the folder, `sqlite` is `study.db` there, else a URL."""
    if wish is None or str(wish).endswith(".log"):
        return _open_journal(folder / "journal.log" if wish is None else Path(str(wish)))
    if wish == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        wish = f"sqlite:///{folder / 'study.db'}"
    if isinstance(wish, optuna.storages.BaseStorage):
        return wish
    if str(wish).startswith("sqlite:"):
        return RDBStorage(str(wish), engine_kwargs={"connect_args": {"timeout": 30}})
    return RDBStorage(str(wish))


def _open_journal(path: Path) -> JournalStorage:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = JournalFileOpenLock(str(path)) if sys.platform == "win32" else FlockFile(str(path))
    lock.acquire()
    try:
        _drop_torn_line(path)
    finally:
        lock.release()
    return JournalStorage(Journal(str(path), lock))


def _drop_torn_line(path: Path) -> None:
    """Cut off the last line where a killed process wrote only half of it."""
    if not path.exists():
        return
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)


def this_process() -> list[Any]:
    """Return host, process id and start time: a name that no other process will ever have."""
    return [socket.gethostname(), os.getpid(), _started(os.getpid())]


def _started(pid: int) -> float | None:
    """Return when a process began (clock ticks since boot), or None where the platform does not say."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    return float(stat.rsplit(")", 1)[1].split()[19])


def is_alive(owner: list[Any]) -> bool:
    """Say whether the process that marked a trial still runs; one on another host counts as alive."""
    host, pid, started = owner
    if host != socket.gethostname():
        return True
    if sys.platform == "win32":  # where signal 0 is Ctrl-C
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, int(pid))
        return bool(handle and ctypes.windll.kernel32.CloseHandle(handle))
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return started is None or _started(int(pid)) == started


def requeue_lost(study: optuna.Study) -> list[int]:
    """Put trials back in the queue whose owner died while they ran; returns their numbers.

    They keep number and parameters, so that nothing is repeated and nothing counted twice.
    """
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    owners = {trial.number: trial.system_attrs.get(OWNER) for trial in running}
    # Between a trial's start and its mark lie milliseconds; only a sweep beside this one can be in them.
    company = any(owner is not None and is_alive(owner) for owner in owners.values())
    lost = []
    for trial in running:
        owner = owners[trial.number]
        if not (company if owner is None else is_alive(owner)):
            release(study, trial._trial_id)
            lost.append(trial.number)
    return lost


def claim(study: optuna.Study, trial_id: int, owner: list[Any]) -> None:
    """Mark a running trial as this process's."""
    study._storage.set_trial_system_attr(trial_id, OWNER, owner)


def release(study: optuna.Study, trial_id: int) -> None:
    """Put a running trial back in the queue."""
    study._storage.set_trial_state_values(trial_id, TrialState.WAITING)


def check_facts(study: optuna.Study, facts: Mapping[str, Any], fresh: bool) -> None:
    """Write down what the study rests on, or compare it; raises ConfigError naming what changed."""
    now = json.loads(json.dumps(facts, sort_keys=True, default=str))
    before = study._storage.get_study_system_attrs(study._study_id).get(FACTS)
    if fresh or before is None:
        study._storage.set_study_system_attr(study._study_id, FACTS, now)
        return
    changed = sorted(_differences(before, now))
    if changed:
        msg = describe(
            f"Study '{study.study_name}' was begun with something else: {'; '.join(changed[:5])}",
            "hydra.sweeper.resume=true",
            "the same configuration, space, direction and data as before",
            "put it back, or begin a new study with another hydra.sweeper.study_name",
        )
        raise ConfigError(msg)


def _differences(before: Any, now: Any, path: str = "") -> list[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        found = []
        for key in before.keys() | now.keys():
            inner = f"{path}.{key}" if path else str(key)
            found += _differences(before.get(key, "absent"), now.get(key, "absent"), inner)
        return found
    return [] if before == now else [f"{path} was {_short(before)}, is {_short(now)}"]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
