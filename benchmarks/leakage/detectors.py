"""One interface for the audit and its peers, and the adapter of the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.leakage.planting import SplitData


@dataclass(frozen=True)
class Detection:
    """What a detector reports."""

    leaks: frozenset[str]
    """Columns reported as leaks."""
    named: frozenset[str]
    """Columns reported at any level that a user should check, leaks included."""
    procedures: Mapping[str, frozenset[str]]
    """By wrong procedure, a key of `procedure_leaks.KINDS`: the columns reported with it, none for rows.
    Only findings that change the verdict count."""


@dataclass(frozen=True)
class Detector:
    """One tool."""

    name: str
    detect: Callable[[SplitData], Detection]


def audit_detector() -> Detector:
    """Return this project's audit, without declared lineage."""
    from cip_exp.audit.runner import audit

    def detect(given: SplitData) -> Detection:
        findings = audit(_build_case(given)).findings
        leaks = {c for f in findings if f.kind == "leak" for c in f.columns}
        named = leaks | {c for f in findings if f.kind == "suspect" for c in f.columns}
        counted = [f for f in findings if f.kind in ("leak", "duplicate", "suspect")]
        procedures = {
            kind: frozenset(c for f in counted if f.check == check for c in f.columns)
            for kind, check in CHECKS.items()
            if any(f.check == check for f in counted)
        }
        return Detection(frozenset(leaks), frozenset(named), procedures)

    return Detector("cip_exp audit", detect)


CHECKS = {
    "scaler": "fitted",
    "encoder": "fitted_encoding",
    "threshold": "fitted",
    "twins": "twins",
    "groups": "groups",
    "time": "temporal",
}
"""The check of the audit for each procedure. Every tool is given the groups and dates."""


def _build_case(given: SplitData) -> object:
    from cip_exp.audit.case import Case
    from cip_exp.records.lineage import Lineage
    from cip_exp.records.table import Fold, Split

    y = given.data.y
    train, test = np.flatnonzero(~given.test), np.flatnonzero(given.test)
    fold = Fold(0, 0, train, test, y[train], y[test])
    keys = pd.util.hash_pandas_object(given.data.X.assign(**{"": y}), index=False)
    return Case(
        X=given.data.X,
        y=y,
        task=given.data.task,
        target="target",
        raw=None,
        lineage=Lineage(),
        twins=pd.factorize(keys)[0].astype(np.int64),
        groups=given.groups,
        time=given.time,
        split=Split((fold,), fold, "holdout", twins_grouped=False),
    )
