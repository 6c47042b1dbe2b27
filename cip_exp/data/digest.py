"""Compute the SHA-256 of a table's content, which identifies the data of a run."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# Times are hashed in microseconds: pandas reads the same file as s, us or ns, depending on its version.
_STORED = {"b": "u1", "i": "<i8", "u": "<u8", "f": "<f8", "M": "datetime64[us]", "m": "timedelta64[us]"}


def sha256_of(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of a table, as 64 hexadecimal digits.

    Included: names, order of columns and rows, kind of each column (whole number, real number, text, ...),
    values, and which are missing. Not included: the index, the width of numbers (int32 or int64), how text is
    stored (object, string, category), which missing-value marker is used.
    """
    digest = hashlib.sha256(len(frame).to_bytes(8, "little"))
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        # With the length before each part, different tables give different bytes.
        for part in (_encoded(str(column.name)), *_parts(column)):
            digest.update(len(part).to_bytes(8, "little"))
            digest.update(part)
    return digest.hexdigest()


def _parts(column: pd.Series) -> tuple[bytes, bytes, bytes, bytes]:
    """Return kind, missing rows, lengths (text only) and values of one column."""
    if hasattr(column, "cat"):
        column = column.astype(column.cat.categories.dtype)
    missing = column.isna().to_numpy(dtype=bool)
    mask = np.packbits(missing).tobytes() if missing.any() else b""
    present = column[~missing]
    if column.dtype.kind in "Mm":
        present = present.dt.tz_convert(None) if getattr(column.dtype, "tz", None) else present
        values = present.to_numpy(dtype=_STORED[column.dtype.kind])
        return column.dtype.kind.encode(), mask, b"", values.astype("<i8").tobytes()
    if column.dtype.kind in _STORED:
        values = np.ascontiguousarray(present.to_numpy(), dtype=_STORED[column.dtype.kind])
        return column.dtype.kind.encode(), mask, b"", values.tobytes()
    texts = [value if isinstance(value, str) else _text_of(value) for value in present.to_numpy(dtype=object)]
    lengths = np.fromiter(map(len, texts), dtype="<i8", count=len(texts))
    return b"text", mask, lengths.tobytes(), _encoded("".join(texts))


def _text_of(value: object) -> str:
    """Write a value that is not text so that it differs from every text: 1 is not '1'."""
    return f"\0{type(value).__name__}\0{value!r}"


def _encoded(text: str) -> bytes:
    """Encode as UTF-8, broken surrogates included, so that every file has a digest."""
    return text.encode("utf-8", "surrogatepass")
