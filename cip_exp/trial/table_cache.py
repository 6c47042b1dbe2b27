"""Keep the tables of a process by settings and by the content of their file: a changed file is read again.

While a run or a sweep is held, its tables stay as they were first read, so that no two trials see different
rows.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cip_exp.data import catalog
from cip_exp.errors import DataError, describe
from cip_exp.records import sweep_context

if TYPE_CHECKING:
    from cip_exp.records.table import Table

Identity = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class _Cached:
    """A table, and the file that it was read from."""

    table: Table
    path: str
    identity: Identity | None
    """None where there is no file."""
    digest: str


_cached: dict[str, _Cached] = {}
_held = False


def load_table(settings: Any, key: str) -> Table:
    """Return the table of a `data` group; `key` is the same for equal settings.

    A known file costs one `os.stat`. Only where its size, time or inode changed are its bytes compared.

    Raises:
        DataError: the file or its content cannot be used, or it was changed while a sweep runs.
    """
    known, path = _cached.get(key), getattr(settings, "path", None)
    if known is not None and (path is None or _held):
        return known.table
    identity = _identity(path)
    if known is not None and identity is not None and known.identity == identity:
        return known.table
    digest = _digest(path) if identity is not None else ""
    _refuse_other_content(path, digest)
    same = known is not None and known.digest == digest
    table = known.table if known is not None and same else catalog.load(settings)
    _cached[key] = _Cached(table, str(path), identity, digest)
    return table


def hold_tables(held: bool) -> None:
    """Keep the tables of this process as they are, or read a changed file again (the default)."""
    global _held  # noqa: PLW0603
    _held = held


def file_digests() -> dict[str, str]:
    """Return the SHA-256 of each file that was read, by its path as given."""
    return {each.path: each.digest for each in _cached.values() if each.digest}


def _identity(path: Any) -> Identity | None:
    try:
        found = os.stat(path) if path is not None else None  # noqa: PTH116 (a Path costs more)
    except OSError:
        return None  # the reader says what is wrong with the file
    return None if found is None else (found.st_size, found.st_mtime_ns, found.st_ino)


def _digest(path: Any) -> str:
    """Return the SHA-256 of a file; empty for what cannot be read, of which the reader says what is wrong."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _refuse_other_content(path: Any, digest: str) -> None:
    """Refuse a file that is not the one with which the running sweep began."""
    sweep = sweep_context.current()
    if sweep is not None and digest and sweep.files.get(str(path), digest) != digest:
        what = "The table was changed while the sweep runs; its trials would not be comparable."
        step = "put the old table back and resume the sweep, or start a new one"
        raise DataError(describe(what, f"data.path, {path}", "the same content for all trials", step))
