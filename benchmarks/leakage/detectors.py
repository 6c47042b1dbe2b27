"""What a detector says of a cell, in one form for the audit and its peers; and the audit's own adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.leakage.planting import Cell

PROCEDURES = ("scaler", "encoder", "threshold", "twins", "groups", "time")


@dataclass(frozen=True)
class Said:
    """What was named: `accused` as a leak, `named` at any level that asks for a look (accused included)."""

    accused: frozenset[str]
    named: frozenset[str]
    procedures: frozenset[str]
    """Of PROCEDURES, those that some finding changes the verdict for."""


@dataclass(frozen=True)
class Detector:
    """One tool, ready to look at cells."""

    name: str
    look: Callable[[Cell], Said]


def audit_detector() -> Detector:
    """Return this project's audit, with no declaration of any lineage."""
    from cip_exp.audit.check import audit

    def look(cell: Cell) -> Said:
        findings = audit(_case(cell)).findings
        accused = {c for f in findings if f.kind == "leak" for c in f.columns}
        named = accused | {c for f in findings if f.kind == "suspect" for c in f.columns}
        grave = [f for f in findings if f.kind in ("leak", "duplicate", "suspect")]
        procedures = {kind for f in grave for kind in PROCEDURES if _about(f.check, f.message, kind)}
        return Said(frozenset(accused), frozenset(named), frozenset(procedures))

    return Detector("cip_exp audit", look)


CHECKS = {
    "scaler": ("fitted",),
    "encoder": ("fitted",),
    "threshold": ("fitted",),
    "twins": ("twins", "duplicates", "overlap"),
    "groups": ("groups",),
    "time": ("temporal",),
}
"""By procedure: the audit's checks that speak of it."""


def _about(check: str, message: str, kind: str) -> bool:
    del message
    return any(word in check for word in CHECKS[kind])


def _case(cell: Cell) -> object:
    from cip_exp.audit.check import Case
    from cip_exp.data.lineage import Lineage
    from cip_exp.records import Fold, Split

    y = cell.data.y
    train, test = np.flatnonzero(~cell.test), np.flatnonzero(cell.test)
    fold = Fold(0, 0, train, test, y[train], y[test])
    keys = pd.util.hash_pandas_object(cell.data.X.assign(**{"": y}), index=False)
    return Case(
        X=cell.data.X,
        y=y,
        task=cell.data.task,
        target="target",
        raw=None,
        lineage=Lineage(),
        twins=pd.factorize(keys)[0].astype(np.int64),
        groups=cell.groups,
        time=cell.time,
        split=Split((fold,), fold, "holdout", twins_grouped=False),
    )
