"""Unpack gzip, bzip2, xz and zip files with one table inside, within limits of size."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from cip_exp.data.file_format import format_of
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAX_BYTES = 2**31
"""Largest unpacked size."""
MAX_RATIO = 500
"""Largest unpacked size as a multiple of the packed size; tables of real customers stay below 50."""
SMALL_BYTES = 100 * 2**20
"""Up to this unpacked size the ratio is not looked at."""
MAX_DEPTH = 3
_CHUNK = 2**20

STREAMS: dict[str, Callable[[IO[bytes]], Any]] = {"gzip": gzip.open, "bz2": bz2.open, "xz": lzma.open}
_DAMAGED = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


def unpack(data: bytes, path: Path) -> tuple[bytes, str, tuple[str, ...]]:
    """Return the table's bytes, their format (as `format_of`), and a note for each step of unpacking.

    Raises:
        DataError: the file is damaged, encrypted, too large, or holds no table or several.
    """
    notes: list[str] = []
    for _ in range(MAX_DEPTH):
        kind = format_of(data)
        if kind in STREAMS:
            data = _read_stream(data, kind, path)
            notes.append(f"unpacked from {kind}")
        elif kind == "zip":
            data, name = _read_zip(data, path)
            notes.append(f"unpacked from zip: {name}")
        else:
            return data, kind, tuple(notes)
    what = "The file is an archive in an archive in an archive."
    raise DataError(describe(what, str(path), "one table, packed once", "unpack it, and give the table"))


def check_size(unpacked: int, packed: int, path: Path) -> None:
    """Refuse what unpacks to more than `MAX_BYTES`, or to more than `MAX_RATIO` times its size."""
    if unpacked > MAX_BYTES:
        what = f"The file is over {MAX_BYTES / 2**30:g} GB when unpacked."
    elif unpacked > SMALL_BYTES and unpacked > MAX_RATIO * packed:
        what = f"The file is over {MAX_RATIO} times as large when unpacked ({unpacked / 2**20:,.0f} MB)."
    else:
        return
    allowed = f"up to {MAX_BYTES / 2**30:g} GB, and {MAX_RATIO} times the packed size"
    raise DataError(describe(what, str(path), allowed, "unpack it, and give the table itself"))


def _read_stream(data: bytes, kind: str, path: Path) -> bytes:
    try:
        with STREAMS[kind](io.BytesIO(data)) as stream:
            return _read_all(stream, len(data), path)
    except _DAMAGED as error:
        raise _damaged(error, path) from error


def _read_all(stream: IO[bytes], packed: int, path: Path) -> bytes:
    """Read to the end in pieces, so that a file that grows without limit is stopped early."""
    parts: list[bytes] = []
    size = 0
    while part := stream.read(_CHUNK):
        parts.append(part)
        size += len(part)
        check_size(size, packed, path)
    return b"".join(parts)


def _read_zip(data: bytes, path: Path) -> tuple[bytes, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = _only_member(archive, path)
            if member.flag_bits & 1:
                what = f"'{member.filename}' in the zip file is encrypted."
                raise DataError(describe(what, str(path), "a zip file without a password", "unpack it first"))
            with archive.open(member) as stream:
                return _read_all(stream, member.compress_size, path), member.filename
    except NotImplementedError as error:
        what = f"The zip file uses a compression that is not read: {error}."
        raise DataError(describe(what, str(path), "deflate", "unpack it, and give the table")) from error
    except _DAMAGED as error:
        raise _damaged(error, path) from error


def _only_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    named = [each for each in archive.infolist() if each.filename]
    members = [each for each in named if not each.is_dir() and not _is_hidden(each.filename)]
    if len(members) == 1:
        return members[0]
    names = ", ".join(each.filename for each in members[:5]) + (" …" if len(members) > 5 else "")
    what = f"The archive holds {len(members)} files{': ' if names else ''}{names}."
    raise DataError(describe(what, str(path), "a zip file with one table", "unpack it, and give one of them"))


def _is_hidden(name: str) -> bool:
    """Tell the files that an operating system adds to an archive."""
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _damaged(error: Exception, path: Path) -> DataError:
    what = f"The file is damaged or cut off: {error}."
    return DataError(describe(what, str(path), "a complete file", "copy or download it again"))
