"""Read the bytes of a user's file; a path that cannot be read is one message with the nearest name."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from cip_exp.errors import DataError, describe, nearest

if TYPE_CHECKING:
    from pathlib import Path

STEP = "give another file with data.path=FILE"


def read_bytes(path: Path, allowed: str = "a CSV file", suffixes: tuple[str, ...] = (".csv",)) -> bytes:
    """Read a file as it is.

    Args:
        path: the file.
        allowed: what the file may be, for the message.
        suffixes: endings of the files that are suggested where the path is a folder, the first preferred.

    Raises:
        DataError: the file is missing, a folder, or not readable.
    """
    if path.is_dir():
        what = "The path of the table is a folder, not a file."
        raise DataError(describe(what, str(path), allowed, f"{STEP}.{_suggest(path, suffixes)}"))
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        near = nearest(path.name, _names_in(path.parent))
        what = "There is no such file."
        raise DataError(describe(what, str(path), allowed, f"{STEP}.{near}")) from error
    except OSError as error:
        what = f"The file cannot be read: {error.strerror or error}."
        raise DataError(describe(what, str(path), f"a readable file: {allowed}", STEP)) from error


def _names_in(folder: Path) -> list[str]:
    """List the names in a folder; none where there is no such folder."""
    try:
        return sorted(item.name for item in islice(folder.iterdir(), 10_000))
    except OSError:
        return []


def _suggest(folder: Path, suffixes: tuple[str, ...]) -> str:
    """Name one table of a folder as a suggestion."""
    names = _names_in(folder)
    found = [name for suffix in suffixes for name in names if name.lower().endswith(suffix)]
    return f" Did you mean '{folder / found[0]}'?" if found else ""
