"""The storage of a study, the owners of its running trials, and the facts that a resumption checks."""

from __future__ import annotations

import json
import os
import socket
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from optuna.storages import JournalStorage, RDBStorage
from optuna.trial import TrialState

from cip_exp.errors import ConfigError, describe
from cip_exp.sweep.storage.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from optuna.storages import BaseStorage


OWNER = "cip:owner"
FACTS = "cip:facts"


def open_storage(setting: Any, folder: Path) -> BaseStorage:
    """Open the storage: a URL, a .log file, `sqlite` (study.db in the folder) or None (journal.log there)."""
    if setting is None or str(setting).endswith(".log"):
        return JournalStorage(Journal(folder / "journal.log" if setting is None else Path(str(setting))))
    if setting == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        setting = f"sqlite:///{folder / 'study.db'}"
    if isinstance(setting, optuna.storages.BaseStorage):
        return setting
    if str(setting).startswith("sqlite:"):
        return RDBStorage(str(setting), engine_kwargs={"connect_args": {"timeout": 30}})
    return RDBStorage(str(setting))


@contextmanager
def one_write(study: optuna.Study) -> Iterator[None]:
    """Write all changes of the study in this block at once, if it has a journal; call `sync` afterwards.

    Other processes that write to the study wait until the block ends.
    """
    journal = _journal(study)
    with nullcontext() if journal is None else journal.block():
        yield


def sync(study: optuna.Study) -> None:
    """Wait until the blocks of `one_write` are on the disk."""
    journal = _journal(study)
    if journal is not None:
        journal.sync()


def _journal(study: optuna.Study) -> Journal | None:
    backend = getattr(study._storage, "_backend", None)
    return backend if isinstance(backend, Journal) else None


def this_process() -> list[Any]:
    """Return host, process id and start time, which no other process shares."""
    return [socket.gethostname(), os.getpid(), _start_time(os.getpid())]


def _start_time(pid: int) -> float | None:
    """Return the start of a process in clock ticks since boot; None where the platform has no `/proc`."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    return float(stat.rsplit(")", 1)[1].split()[19])


def is_alive(owner: list[Any]) -> bool:
    """Return whether the owner of a trial still runs; a process on another host counts as alive."""
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
    return started is None or _start_time(int(pid)) == started


def requeue_lost(study: optuna.Study) -> list[int]:
    """Put running trials of dead processes back in the queue; returns their numbers.

    They keep number and parameters, so that no trial is repeated or counted twice.
    """
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    owners = {trial.number: trial.system_attrs.get(OWNER) for trial in running}
    # A trial has no owner for some milliseconds after its start: another sweep may be starting it now.
    others = any(owner is not None and is_alive(owner) for owner in owners.values())
    lost = []
    for trial in running:
        owner = owners[trial.number]
        if not (others if owner is None else is_alive(owner)):
            release(study, trial._trial_id)
            lost.append(trial.number)
    return lost


def claim(study: optuna.Study, trial_id: int, owner: list[Any]) -> None:
    """Store the owner of a running trial."""
    study._storage.set_trial_system_attr(trial_id, OWNER, owner)


def release(study: optuna.Study, trial_id: int) -> None:
    """Put a running trial back in the queue."""
    study._storage.set_trial_state_values(trial_id, TrialState.WAITING)


def check_facts(study: optuna.Study, facts: Mapping[str, Any], fresh: bool) -> None:
    """Store the facts of a new study, or compare them; raises ConfigError with what has changed."""
    now = json.loads(json.dumps(facts, sort_keys=True, default=str))
    before = study._storage.get_study_system_attrs(study._study_id).get(FACTS)
    if fresh or before is None:
        study._storage.set_study_system_attr(study._study_id, FACTS, now)
        return
    changed = sorted(_differences(before, now))
    if changed:
        msg = describe(
            f"Study '{study.study_name}' was started with other facts: {'; '.join(changed[:5])}",
            "hydra.sweeper.resume=true",
            "the same configuration, space, direction and data as before",
            "undo the change, or start a new study with another hydra.sweeper.study_name",
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
