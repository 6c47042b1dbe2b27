"""Tell the format of a file from its first bytes, and refuse what is not a table by the format's name."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

MAGIC = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "feather"),
    (b"FEA1", "feather"),
    (b"\xff\xff\xff\xff", "an Arrow stream"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls), or one with a password"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"RDX", "an R data file"),
    (b"X\n\x00\x00\x00", "an R data file"),
    (b"<stata_dta>", "a Stata file"),
    (b"$FL2", "an SPSS file"),
    (b"\x7fELF", "a program"),
    (b"version https://git-lfs.github.com", "a Git LFS pointer, not the table itself"),
)
"""First bytes, and the format's name: one word for a format that is read, a phrase for one that is not."""

IN_LETTERS = ("a PDF document", "an RTF document", "a Stata file", "a Git LFS pointer, not the table itself")
"""Formats that may consist of printable characters only."""

_PICKLE = re.compile(rb"\x80[\x02-\x05][\x95}\](c]")
_HTML = re.compile(rb"\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body|table)\b", re.IGNORECASE | re.DOTALL)
_XML = re.compile(rb"\s*<\?xml\b", re.IGNORECASE)
_JSON = re.compile(rb"""\s*(\{\s*("[^"]*"\s*:|\})|\[\s*(\{|\[|\]|"[^"]*"\s*,|-?\d[\d.]*\s*[,\]]))""")


def format_of(data: bytes) -> str:
    """Return one of `text`, `gzip`, `bz2`, `xz`, `zip`, `parquet`, `feather` and `xlsx`, or a phrase for a
    format that is not read, such as "a PDF document".
    """
    start = data[:4096].removeprefix(b"\xef\xbb\xbf")
    magic, found = next(((magic, name) for magic, name in MAGIC if start.startswith(magic)), (b"", None))
    if found == "zip":
        return _in_zip(data)
    # The header of a CSV file may begin with the same letters: PAR1,PAR2 or ORC,GIF8.
    if found is not None and (found in IN_LETTERS or not magic.isascii() or min(start) < 9):
        return found
    if data[257:262] == b"ustar":
        return "a tar archive"
    if _PICKLE.match(start):
        return "a Python pickle"
    texts = ((_HTML, "an HTML page"), (_XML, "an XML document"), (_JSON, "a JSON file"))
    return next((name for pattern, name in texts if pattern.match(start)), "text")


def _in_zip(data: bytes) -> str:
    """Tell the formats that are zip files themselves from a zip file with a table in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            kind = archive.read("mimetype")[:80] if "mimetype" in names else b""
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError):
        return "zip"
    if b"opendocument.spreadsheet" in kind:
        return "an OpenDocument spreadsheet (ods)"
    if b"opendocument" in kind:
        return "an OpenDocument file"
    parts = {
        "xl/workbook.xml": "xlsx",
        "xl/workbook.bin": "a binary Excel workbook (xlsb)",
        "word/document.xml": "a Word document",
        "ppt/presentation.xml": "a PowerPoint presentation",
        "Index/Document.iwa": "a Numbers document",
    }
    return next((name for part, name in parts.items() if part in names), "zip")
