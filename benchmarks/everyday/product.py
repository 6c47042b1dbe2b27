"""The way of the product: the table is written as CSV, read by `read_case`, and audited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.everyday.tables import target_column
from cip_exp.audit.from_file import read_case
from cip_exp.audit.runner import audit
from cip_exp.errors import CipError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    from benchmarks.leakage.datasets import DataSet
    from cip_exp.audit.case import Case


@dataclass(frozen=True)
class Accusations:
    """What a tool says of a table."""

    leaks: frozenset[str]
    """Columns accused as leaks."""
    named: frozenset[str]
    """Columns named at any level that a user should look at, leaks included."""
    verdict: str = ""
    checks: str = ""
    """Which checks accuse which columns: `identity:a identity:b`."""
    seconds: float = 0.0


def write(data: DataSet, target: str, folder: Path) -> Path:
    """Write a table with its target as CSV."""
    path = folder / "table.csv"
    data.X.assign(**{target: target_column(data)}).to_csv(path, index=False)
    return path


def read(path: Path, data: DataSet, target: str) -> Case | str:
    """Read the file as the product does; return the message where the product refuses it."""
    try:
        return read_case(path, target, data.task, "Yes" if data.task == "churn" else None)[0]
    except CipError as error:
        return str(error)


def judge(case: Case) -> Accusations:
    """Run the audit on a case."""
    start = perf_counter()
    found = audit(case)
    seconds = perf_counter() - start
    accusing = [f for f in found.findings if f.kind == "leak"]
    leaks = frozenset(found.leaking_columns)
    named = leaks | {c for f in found.findings if f.kind == "suspect" for c in f.columns}
    checks = " ".join(f"{f.check}:{c}" for f in accusing for c in f.columns)
    return Accusations(leaks, frozenset(named), found.verdict(), checks, seconds)


def without(case: Case, columns: Iterable[str]) -> Case:
    """Return the case without some columns."""
    gone = set(columns)
    X: pd.DataFrame = case.X[[c for c in case.X if c not in gone]]
    raw = None if case.raw is None else case.raw[[c for c in case.raw if c not in gone]]
    return replace(case, X=X, raw=raw)
