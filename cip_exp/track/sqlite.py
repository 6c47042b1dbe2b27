"""The sqlite file of an MLflow store: created by one process at a time, with a write-ahead log."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from cip_exp.errors import ConfigError, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_SECONDS = 60.0
"""Longest wait for another process that creates the same store (it takes about 2 s)."""


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold a lock on creating or opening `database`.

    Two processes that create an MLflow database at the same time collide in alembic. The lock is an exclusive
    transaction on a second, empty sqlite file: it works on every platform, and ends with its process.

    Raises:
        ConfigError: the folder cannot be written, or another process keeps the lock.
    """
    with closing(_lock(database)):
        yield


def _lock(database: Path) -> sqlite3.Connection:
    """Begin the exclusive transaction."""
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(database.with_suffix(".lock"), timeout=WAIT_SECONDS, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    except (OSError, sqlite3.OperationalError) as error:
        raise ConfigError(_unusable(database, error)) from error
    return lock


def make(database: Path) -> None:
    """Create MLflow's tables in a file of another name and rename it, unless `database` exists.

    MLflow's migrations are no transaction, and it cannot continue half of them: a process that is killed in
    between must leave no store. Call it with the lock held.
    """
    if database.exists() and database.stat().st_size:
        return
    from mlflow.store.db import utils

    partial = database.with_suffix(".partial")
    for left in partial.parent.glob(f"{partial.name}*"):
        left.unlink()
    prepare(partial)
    relax(partial)
    engine = utils.create_sqlalchemy_engine(f"sqlite:///{partial}")
    try:
        utils._initialize_tables(engine)
    finally:
        engine.dispose()  # closing the last connection removes the write-ahead log
    partial.replace(database)


def prepare(database: Path) -> None:
    """Set `database` to WAL mode, which is kept in the file; create the file where it is absent.

    Raises:
        ConfigError: the file is no sqlite database, or cannot be written. MLflow would retry for minutes.
    """
    try:
        with closing(sqlite3.connect(database, timeout=WAIT_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.DatabaseError as error:
        # Another process is using a database without WAL: slower, but no reason to stop.
        if "locked" not in str(error):
            raise ConfigError(_unusable(database, error)) from error


def holds(database: Path, experiment: str) -> bool:
    """Tell whether `database` exists with this experiment in it: then it can be opened without the lock.

    MLflow creates experiments last. Without this test, processes would open the store one after the other.
    """
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            query = "SELECT count(*) FROM experiments WHERE name = ?"
            return bool(connection.execute(query, (experiment,)).fetchone()[0])
    except sqlite3.DatabaseError:
        return False


def sealed(database: Path, experiment: str) -> bool:
    """Tell, without importing MLflow, whether `open_store` will succeed on `database` as it has before.

    True where this MLflow version has opened these tables before, the experiment is active, and the file can
    be written. This test takes a millisecond, opening 2.5 s.
    """
    if not (os.access(database, os.W_OK) and os.access(database.parent, os.W_OK)):
        return False
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            query = "SELECT count(*) FROM experiments WHERE name = ? AND lifecycle_stage = 'active'"
            known = bool(connection.execute(query, (experiment,)).fetchone()[0])
            return known and _user_version(connection) == _fingerprint(connection)
    except (sqlite3.DatabaseError, TypeError):
        return False


def seal(database: Path) -> None:
    """Note in the file that this MLflow version has opened it; skipped while another process is writing."""
    try:
        with closing(sqlite3.connect(database, timeout=0.0)) as connection:
            mark = _fingerprint(connection)
            if _user_version(connection) != mark:
                connection.execute(f"PRAGMA user_version={mark}")
    except sqlite3.OperationalError:
        return


def _user_version(connection: sqlite3.Connection) -> int:
    """Return `user_version`, a number in the sqlite file that neither MLflow nor alembic uses."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _fingerprint(connection: sqlite3.Connection) -> int:
    """Return a hash of 31 bits of MLflow's version and the version of its tables."""
    tables = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    return crc32(f"{version('mlflow')} {tables}".encode()) & 0x7FFFFFFF


@cache
def relax(database: Path) -> None:
    """Use synchronous=NORMAL in every later SQLAlchemy connection of this process to `database`.

    In WAL mode that cannot corrupt the file; a power cut may lose the last transactions. The setting belongs
    to a connection and MLflow has no option for it, so a listener on all engines applies it.
    """
    from sqlalchemy import Engine, event

    def on_connect(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection) and _file(connection) == database:
            connection.execute("PRAGMA synchronous=NORMAL")

    event.listen(Engine, "connect", on_connect)


def _file(connection: sqlite3.Connection) -> Path:
    """Return the file behind a connection; an empty path for a database in memory."""
    return Path(connection.execute("PRAGMA database_list").fetchone()[2])


def _unusable(database: Path, error: Exception) -> str:
    return describe(
        f"the tracking store cannot be opened: {error}", str(database),
        "an sqlite file in a folder that can be written (or none yet)",
        "move the file away, or name another store by track.uri or CIP_OUTPUTS",
    )  # fmt: skip
