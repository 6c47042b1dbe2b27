"""Decode a text file: UTF-8, UTF-16 or the user's encoding, else the code page of Windows in the West."""

from __future__ import annotations

import codecs
import encodings.aliases
import re
from typing import TYPE_CHECKING

from cip_exp.errors import DataError, describe, nearest

if TYPE_CHECKING:
    from pathlib import Path

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte-order marks; UTF-32 first, because its mark begins as that of UTF-16 does."""
ZERO_SHARE = 0.3
"""From this share of zero bytes on every second place, a text without a mark is UTF-16."""
CONTROL_SHARE = 0.02
"""Above this share of control characters, a file is not text."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1c-\x1e\x7f]")
_STEP = "save the table as CSV in UTF-8, or name its encoding, such as data.encoding=cp1252"


def decode(raw: bytes, encoding: str | None, path: Path) -> tuple[str, str]:
    """Return the text, and a note where it is not UTF-8.

    Args:
        raw: the file.
        encoding: the user's, or None to detect it.
        path: the file, for messages.

    Raises:
        DataError: an unknown encoding, bytes that it does not have, a file that is not text, or an empty one.
    """
    if encoding is None:
        text, note = _detect(raw, path)
    else:
        text, note = _decode_as(raw, encoding, path), ""
    text = text.removeprefix("\ufeff").rstrip("\x1a")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        what = f"The file is not text: a zero byte in line {line}."
        raise DataError(describe(what, str(path), "a table as text", _STEP))
    if len(_CONTROL.findall(text, 0, 20_000)) > CONTROL_SHARE * min(len(text), 20_000):
        what = "The file is not text: it has many control characters."
        raise DataError(describe(what, str(path), "a table as text", _STEP))
    if not text.strip():
        raise DataError(describe("The file is empty.", str(path), "a header line and rows below it"))
    return text, note


def _detect(raw: bytes, path: Path) -> tuple[str, str]:
    marked = next((name for mark, name in MARKS if raw.startswith(mark)), None) or _find_utf16(raw)
    if marked:
        note = "" if marked == "utf-8-sig" else f"encoding {marked} (detected)"
        return _decode_as(raw, marked, path), note
    try:
        return raw.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        if b"\0" in raw:
            return raw.decode("latin-1"), ""
        if _is_mostly_utf8(raw):
            raise _not_decoded(raw, "UTF-8", error, path) from error
    try:
        return raw.decode("cp1252"), "encoding cp1252 (detected; data.encoding sets another)"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "encoding latin-1 (detected; data.encoding sets another)"


def _find_utf16(raw: bytes) -> str | None:
    """Return the byte order of a UTF-16 text without a mark: its zero bytes stand on every second place."""
    start = raw[:4096]
    half = len(start) // 2
    first, second = start[0::2].count(0), start[1::2].count(0)
    if half and second >= ZERO_SHARE * half and first <= 0.05 * half:
        return "utf-16-le"
    if half and first >= ZERO_SHARE * half and second <= 0.05 * half:
        return "utf-16-be"
    return None


def _is_mostly_utf8(raw: bytes) -> bool:
    """Tell a damaged UTF-8 text from one in a code page: most of its letters with accents are right."""
    text = raw.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    right = sum(1 for mark in text if mark > "\x7f") - wrong
    return right > wrong


def _decode_as(raw: bytes, encoding: str, path: Path) -> str:
    try:
        # bytes.decode refuses the codecs that are not encodings of text, such as rot13, with a LookupError.
        return raw.decode(encoding)
    except (LookupError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise _not_decoded(raw, encoding, error, path) from error
        known = {*encodings.aliases.aliases, *encodings.aliases.aliases.values()}
        what = f"'{encoding}' is not an encoding.{nearest(encoding.lower(), sorted(known))}"
        allowed = "the name of a text encoding, such as utf-8, cp1252, utf-16 or latin-1"
        step = "leave data.encoding out to have the encoding detected"
        raise DataError(describe(what, f"data.encoding, table {path}", allowed, step)) from error


def _not_decoded(raw: bytes, encoding: str, error: UnicodeDecodeError, path: Path) -> DataError:
    line = raw.count(b"\n", 0, error.start) + 1
    byte = f"byte 0x{raw[error.start]:02x}" if error.start < len(raw) else "the end"
    what = f"The file is not {encoding} text: {byte} in line {line}."
    return DataError(describe(what, f"{path}, line {line}", f"{encoding} text", _STEP))
