"""Make MLflow save a model with skops in half the time, for models of hundreds of trees.

MLflow loads each file that it has written, to check that all types are trusted: here they are read from the
schema. skops indents the schema: eight megabytes of spaces for 625 trees.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@contextmanager
def fast_skops_dump() -> Iterator[None]:
    """Patch skops inside the block; no other thread may use skops meanwhile."""
    import skops.io
    from skops.io import _persist

    if not hasattr(_persist, "json"):  # this skops has no such module: nothing to patch
        yield
        return
    persist: Any = _persist
    writer, load = persist.json, skops.io.load
    persist.json, skops.io.load = _Compact, _check_types
    try:
        yield
    finally:
        persist.json, skops.io.load = writer, load


class _Compact:
    """Replaces the module `json` where skops writes the schema."""

    loads = staticmethod(json.loads)

    @staticmethod
    def dumps(schema: Any, **_: Any) -> str:
        return json.dumps(schema, separators=(",", ":"))


def _check_types(path: str | Path, trusted: Iterable[str]) -> None:
    """Raise the error of skops for a file with untrusted types."""
    from skops.io import get_untrusted_types
    from skops.io.exceptions import UntrustedTypesFoundException

    others = set(get_untrusted_types(file=path)) - set(trusted)
    if others:
        raise UntrustedTypesFoundException(others)
