"""What a detector says of a cell, in one form for the audit and its peers; and the audit's own adapter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.leakage.planting import Cell


@dataclass(frozen=True)
class Said:
    """What was named: `accused` as a leak, `named` at any level that asks for a look (accused included)."""

    accused: frozenset[str]
    named: frozenset[str]
    procedures: Mapping[str, frozenset[str]]
    """By procedure at fault, a key of `procedure_leaks.KINDS`: the columns named with it, if it has columns.
    Only findings that change the verdict count."""


@dataclass(frozen=True)
class Detector:
    """One tool, ready to look at cells."""

    name: str
    look: Callable[[Cell], Said]


def audit_detector() -> Detector:
    """Return this project's audit, with no declaration of any lineage."""
    from cip_exp.audit.runner import audit

    def look(cell: Cell) -> Said:
        findings = audit(_case(cell)).findings
        accused = {c for f in findings if f.kind == "leak" for c in f.columns}
        named = accused | {c for f in findings if f.kind == "suspect" for c in f.columns}
        grave = [f for f in findings if f.kind in ("leak", "duplicate", "suspect")]
        procedures = {
            kind: frozenset(c for f in grave if f.check == check for c in f.columns)
            for kind, check in CHECKS.items()
            if any(f.check == check for f in grave)
        }
        return Said(frozenset(accused), frozenset(named), procedures)

    return Detector("cip_exp audit", look)


CHECKS = {
    "scaler": "fitted",
    "encoder": "fitted_encoding",
    "threshold": "fitted",
    "twins": "twins",
    "groups": "groups",
    "time": "temporal",
}
"""By procedure: the audit's check that speaks of it. Groups and dates are declared, to every tool."""


def _case(cell: Cell) -> object:
    from cip_exp.audit.case import Case
    from cip_exp.records.lineage import Lineage
    from cip_exp.records.table import Fold, Split

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
