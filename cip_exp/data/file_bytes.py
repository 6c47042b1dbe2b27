"""Open a user's file: find its format by its first bytes, and unpack what is compressed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cip_exp.data.csv_reader import read_bytes
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from pathlib import Path

Format = Literal["text", "parquet", "feather", "xlsx"]
MOST_BYTES = 2 * 2**30
"""Of a file once unpacked."""
MOST_RATIO = 1000
"""A file that grows by more than this factor is no table."""
READ = "CSV (also gzip, zip, bz2 or xz), Parquet, Feather, Excel (.xlsx)"
STARTS: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "feather"),
    (b"FEA1", "feather"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ", "xz"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls)"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"Rar!", "a RAR archive"),
    (b"HEADER RECORD*******", "a SAS transport file"),
    (b"$FL2", "an SPSS file"),
    (b"\x80\x04", "a pickle"),
    (b"RDX", "an R data file"),
)
"""How files of each format begin; a format with an article cannot be read."""
OPENERS: dict[str, Any] = {"gzip": gzip.open, "bz2": bz2.open, "xz": lzma.open}
HTML = (b"<!doctype html", b"<html", b"<?xml")


@dataclass(frozen=True)
class FileBytes:
    """A file's content, unpacked."""

    content: bytes
    format: Format
    notes: tuple[str, ...] = ()


def open_file(path: Path) -> FileBytes:
    """Read and unpack a file.

    Raises:
        DataError: no such file, a damaged archive, an archive of several files, or a format that is no table.
    """
    raw = read_bytes(path)
    found = _format_of(raw)
    notes: tuple[str, ...] = ()
    if found in ("gzip", "bz2", "xz", "zip"):
        if found == "zip" and (inner := _office_format(raw, path)) is not None:
            return FileBytes(raw, inner)
        raw, note = _unpack(raw, found, path)
        notes = (note,)
        found = _format_of(raw)
    if found in ("text", "parquet", "feather"):
        return FileBytes(raw, found, notes)  # type: ignore[arg-type]
    what = f"The file is {found if ' ' in found else f'{found} inside an archive'}, not a table."
    raise DataError(describe(what, str(path), READ, "save the table as CSV in UTF-8"))


def _format_of(raw: bytes) -> str:
    found = next((name for start, name in STARTS if raw.startswith(start)), None)
    if found is not None:
        return found
    head = raw[:200].lstrip().lower()
    if head.startswith(HTML):
        return "an HTML or XML page"
    if head.startswith((b'{"', b"[{", b"{\n")):
        return "a JSON file"
    return "text"


def _office_format(raw: bytes, path: Path) -> Format | None:
    """Return `xlsx` for a workbook; None for any other archive. Refuses OpenDocument."""
    names = _members(raw, path)
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "mimetype" in names and "content.xml" in names:
        what = "The file is an OpenDocument file (.ods), not a table."
        raise DataError(describe(what, str(path), READ, "save the table as CSV in UTF-8"))
    return None


def _members(raw: bytes, path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise _damaged(path, error) from error
    return [name for name in names if not name.endswith("/") and not name.startswith("__MACOSX/")]


def _unpack(raw: bytes, kind: str, path: Path) -> tuple[bytes, str]:
    """Return the one file of an archive, and a remark."""
    try:
        if kind == "zip":
            return _unzip(raw, path)
        with OPENERS[kind](io.BytesIO(raw)) as stream:
            return _limited(stream, len(raw), path), f"unpacked from {kind}"
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError) as error:
        raise _damaged(path, error) from error


def _unzip(raw: bytes, path: Path) -> tuple[bytes, str]:
    names = _members(raw, path)
    if len(names) != 1:
        listed = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
        what = f"The archive holds {len(names)} files{': ' if names else ''}{listed}."
        raise DataError(describe(what, str(path), "an archive of one file", "unpack it, and give one file"))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open(names[0]) as stream:
        return _limited(stream, len(raw), path), f"unpacked from zip: {names[0]}"


def _limited(stream: object, packed: int, path: Path) -> bytes:
    most = min(MOST_BYTES, max(packed, 2**16) * MOST_RATIO)
    content: bytes = stream.read(most + 1)  # type: ignore[attr-defined]
    if len(content) > most:
        what = f"Unpacked, the file is larger than {most / 2**20:,.0f} MB."
        raise DataError(describe(what, str(path), "a table of at most 2 GB"))
    return content


def _damaged(path: Path, error: Exception) -> DataError:
    what = f"The archive is damaged or cut off: {error}."
    return DataError(describe(what, str(path), READ, "copy the file again"))
