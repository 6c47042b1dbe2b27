"""The sqlite file below MLflow: one maker at a time, write-ahead log, cheap commits."""

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
"""Longest wait for another process that is making the same store (it takes about 2 s)."""


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold the only right to make or open `database`.

    Two processes that create a fresh MLflow database at once collide in alembic. The lock is an
    exclusive transaction on an empty sqlite file beside it: it works on every platform, and dies
    with the process that holds it.

    Raises:
        ConfigError: the folder cannot be written, or the lock is not given up.
    """
    with closing(_lock(database)):
        yield


def _lock(database: Path) -> sqlite3.Connection:
    """Begin the transaction that is the lock."""
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(database.with_suffix(".lock"), timeout=WAIT_SECONDS, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    except (OSError, sqlite3.OperationalError) as error:
        raise ConfigError(_unusable(database, error)) from error
    return lock


def make(database: Path) -> None:
    """Make MLflow's tables under another name and move them into place, unless `database` is there.

    MLflow's migrations are no transaction, and it cannot go on with half of them: whoever is killed while
    making a store must not leave one. Call it with the lock held.
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
        engine.dispose()  # the last connection takes the write-ahead log along
    partial.replace(database)


def prepare(database: Path) -> None:
    """Put `database` in WAL mode (which the file remembers), creating it where it is absent.

    Raises:
        ConfigError: the file is something else, or cannot be written. (MLflow itself would try for
            minutes before it says so.)
    """
    try:
        with closing(sqlite3.connect(database, timeout=WAIT_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.DatabaseError as error:
        # Somebody is at work in a database without it: slower as it is, but no reason to stop.
        if "locked" not in str(error):
            raise ConfigError(_unusable(database, error)) from error


def holds(database: Path, experiment: str) -> bool:
    """Tell whether `database` is made already, with this experiment in it, so that nobody needs the lock.

    MLflow makes experiments last. Without this look, workers would open the store one after the other.
    """
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            query = "SELECT count(*) FROM experiments WHERE name = ?"
            return bool(connection.execute(query, (experiment,)).fetchone()[0])
    except sqlite3.DatabaseError:
        return False


def sealed(database: Path, experiment: str) -> bool:
    """Tell, without importing MLflow, whether `open_store` will succeed on `database` as it has before.

    True where this MLflow version has opened these very tables, the experiment is active, and the file can be
    written. Looking costs a millisecond, opening 2.5 s.
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
    """Note in the file that this MLflow version has opened it; left out where somebody else is writing."""
    try:
        with closing(sqlite3.connect(database, timeout=0.0)) as connection:
            mark = _fingerprint(connection)
            if _user_version(connection) != mark:
                connection.execute(f"PRAGMA user_version={mark}")
    except sqlite3.OperationalError:
        return


def _user_version(connection: sqlite3.Connection) -> int:
    """Return the one number of an sqlite file that is its user's own; MLflow and alembic leave it alone."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _fingerprint(connection: sqlite3.Connection) -> int:
    """Return 31 bits of MLflow's version and its tables' version: either may change alone."""
    tables = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    return crc32(f"{version('mlflow')} {tables}".encode()) & 0x7FFFFFFF


@cache
def relax(database: Path) -> None:
    """Make every later SQLAlchemy connection of this process to `database` use synchronous=NORMAL.

    In WAL mode that cannot corrupt the file; a power cut may lose the last transactions. The setting
    belongs to a connection, and MLflow has none of its own for it, hence the listener on all engines.
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
