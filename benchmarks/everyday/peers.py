"""Adapters of the other tools; a tool that is not installed is reported as such."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING

from benchmarks.everyday.product import Accusations

if TYPE_CHECKING:
    import pandas as pd

    from benchmarks.everyday.bench import Peer


def find_peers() -> tuple[dict[str, Peer], list[str]]:
    """Return the peers that can be imported, and the names of those that cannot."""
    known: dict[str, Peer] = {"targetleak": _targetleak}
    installed = {name: peer for name, peer in known.items() if find_spec(name) is not None}
    return installed, [name for name in known if name not in installed]


def _targetleak(frame: pd.DataFrame, target: str, _task: str) -> Accusations:
    """Map findings of severity `critical` to leaks, and `warning` to named columns."""
    import targetleak

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        findings = targetleak.analyse(frame, target=target)
    leaks = frozenset(f.column for f in findings if f.severity == "critical" and f.column)
    named = leaks | {f.column for f in findings if f.severity == "warning" and f.column}
    return Accusations(leaks, named)
