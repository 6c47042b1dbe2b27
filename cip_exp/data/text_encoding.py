"""Decode the text of a user's file, in the encoding that is given or found."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from pathlib import Path

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte-order marks and their encodings; the longer mark first."""
SAMPLE = 4096
MOST_CONTROLS = 0.005
"""Share of control characters above which a file is no text."""


def decode(raw: bytes, encoding: str | None, path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the text with \\n as its line end, and a remark where the encoding is not UTF-8.

    Raises:
        DataError: an unknown encoding, bytes that it does not have, an empty file, or no text.
    """
    name = encoding or _detect(raw)
    try:
        text = raw.decode(name)
    except LookupError as error:
        what = f"data.encoding = {encoding} is not an encoding."
        raise DataError(
            describe(what, "data.encoding", "an encoding of Python, such as utf-8, cp1252, latin-1, utf-16")
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(_undecodable(error, raw, name, path)) from error
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    _check_text(text, path)
    plain = name in ("utf-8", "utf-8-sig") or encoding is not None
    return text, () if plain else (f"encoding {name} (found; data.encoding sets another)",)


def _detect(raw: bytes) -> str:
    """Return the encoding by its mark, by its zero bytes, or the first that decodes the file."""
    marked = next((name for mark, name in MARKS if raw.startswith(mark)), None)
    if marked is not None:
        return marked
    sample = raw[:SAMPLE]
    half = max(1, len(sample) // 2)
    if sample[1::2].count(0) > 0.3 * half and sample[::2].count(0) < 0.05 * half:
        return "utf-16-le"
    if sample[::2].count(0) > 0.3 * half and sample[1::2].count(0) < 0.05 * half:
        return "utf-16-be"
    for name in ("utf-8", "cp1252"):
        try:
            raw.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"


def _undecodable(error: UnicodeDecodeError, raw: bytes, name: str, path: Path) -> str:
    line = raw.count(b"\n", 0, error.start) + 1
    at = f": byte 0x{raw[error.start]:02x} in line {line}" if error.start < len(raw) else ""
    what = f"The file is not {name} text{at}."
    return describe(what, str(path), "text in this encoding", "leave data.encoding out, or give another")


def _check_text(text: str, path: Path) -> None:
    if not text.strip():
        raise DataError(describe("The file is empty.", str(path), "a header line and rows below it"))
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        what = f"The file is not text: a zero byte in line {line}."
        raise DataError(describe(what, str(path), "text", "save the table as CSV in UTF-8"))
    sample = text[: 16 * SAMPLE]
    controls = sum(char < " " and char not in "\t\n\x0b\x0c" for char in sample)
    if controls > MOST_CONTROLS * len(sample):
        what = f"The file is not text: {controls} control characters in its first {len(sample)} characters."
        raise DataError(describe(what, str(path), "a table as text", "save the table as CSV in UTF-8"))
