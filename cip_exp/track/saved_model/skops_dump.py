"""skops as MLflow calls it to keep a model, in half the time where there are hundreds of trees.

MLflow loads each file that it has just written, to see whether all its types are trusted: here they are read
off the schema. skops indents that schema in Python, which for 625 trees are eight megabytes of spaces.
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
    """Let MLflow's `save_model` inside the block write and check as is said above; no other thread may."""
    import skops.io
    from skops.io import _persist

    if not hasattr(_persist, "json"):  # another version writes in another way, and may
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
    """Stands in for the module `json` where skops writes the schema."""

    loads = staticmethod(json.loads)

    @staticmethod
    def dumps(schema: Any, **_: Any) -> str:
        return json.dumps(schema, separators=(",", ":"))


def _check_types(path: str | Path, trusted: Iterable[str]) -> None:
    """Raise what skops raises for a file that holds other types."""
    from skops.io import get_untrusted_types
    from skops.io.exceptions import UntrustedTypesFoundException

    others = set(get_untrusted_types(file=path)) - set(trusted)
    if others:
        raise UntrustedTypesFoundException(others)
