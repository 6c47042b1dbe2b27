"""Audit a data frame or a file from Python: what `cip_exp.audit(frame, target="churned")` returns."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from cip_exp.audit.from_file import read_case
from cip_exp.audit.ignore import parse_ignored, without_ignored
from cip_exp.audit.output.audit_json import to_json
from cip_exp.audit.output.findings_table import NO_SPLIT, print_table
from cip_exp.audit.output.verdict_sentence import verdict_sentence
from cip_exp.audit.runner import audit
from cip_exp.config.file_keys import check_key, checked_keys
from cip_exp.data.csv_table import FRAME
from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cip_exp.audit.case import Audit
    from cip_exp.records.columns import Reading

WIDTH = 100
"""Columns of the printed form."""
FINDINGS = ("code", "check", "column", "severity", "message")
IN_PYTHON = "the arguments of cip_exp.audit"


@dataclass(frozen=True, eq=False, repr=False)
class TableAudit:
    """The audit of one table; printed, it is the verdict and a table of the findings."""

    record: Audit
    """The results of all checks."""
    reading: Reading
    """What each column was read as."""
    split: str | None = None

    @property
    def verdict(self) -> str:
        """Those of leaky, duplicated, degenerate that hold, comma-joined; else suspect, else ok."""
        return self.record.verdict()

    @property
    def sentence(self) -> str:
        """The verdict in plain words."""
        return verdict_sentence(self.record)

    @property
    def accused(self) -> list[str]:
        """The columns with a finding of kind leak."""
        return list(self.record.leaking_columns)

    @property
    def findings(self) -> pd.DataFrame:
        """One row a finding and column: code, check, column, severity, message.

        `severity` is leak, duplicate, degenerate, suspect, redundant or note. `column` is missing where a
        finding is about rows or the split. What is ignored is not in it.
        """
        rows = [
            (found.code, found.check, column, found.kind, found.message)
            for found in self.record.findings
            for column in (found.columns or (None,))
        ]
        return pd.DataFrame(rows, columns=list(FINDINGS))

    @property
    def columns(self) -> pd.DataFrame:
        """One row a column: name, role, whether it is a feature, levels, missing values, remark."""
        names = ("name", "role", "used", "levels", "missing", "note")
        rows = [tuple(getattr(each, name) for name in names) for each in self.reading.columns]
        return pd.DataFrame(rows, columns=list(names))

    def to_json(self) -> dict[str, Any]:
        """Return what `scripts/audit.py --format json` prints, as plain values."""
        return to_json(self.record)

    def __repr__(self) -> str:
        from rich.console import Console

        out = io.StringIO()
        offer = "" if self.split else f"{NO_SPLIT} Give split='stratified'."
        print_table(self.record, (), Console(file=out, width=WIDTH), offer)
        return out.getvalue().rstrip()


def audit_table(
    frame: pd.DataFrame | str | Path,
    target: str,
    *,
    task: Literal["churn", "clv"] | None = None,
    positive: str | None = None,
    id: str | Sequence[str] | None = None,
    time: str | None = None,
    group: str | None = None,
    drop: str | Sequence[str] = (),
    lineage: Mapping[str, Any] | None = None,
    ignore: str | Sequence[str] = (),
    split: str | None = None,
    **options: Any,
) -> TableAudit:
    """Audit a table for leakage, copies and degenerate data, as `scripts/audit.py FILE` does.

    Args:
        frame: the table, which stays as it is, or the path of a file. An index with a name is a column.
        target: the column to predict.
        task: churn for classes, clv for an amount; None to choose it by the target's values.
        positive: the class that counts as 1; None to choose it by its words.
        id: the column that identifies a row, or several.
        time: the column with the date on which a row was known.
        group: the column whose values must stay on one side of a split.
        drop: columns that are not features, by name or glob.
        lineage: where columns come from, as in `data.lineage`.
        ignore: checks without effect on the verdict: CIP007, missingness, or CIP007:survey for one column.
        split: a split, such as stratified, for the checks that need one.
        options: any other key of `data=csv`: numeric, categorical, dates, na, decimal, dayfirst, sep,
            encoding, unlabelled.

    Raises:
        ConfigError: an argument that `data=csv` or the audit refuses.
        DataError: the table, or a name, cannot be used.
    """
    for key in options:
        check_key(key, key, IN_PYTHON)
    given = {
        "target": target, "task": task, "positive": None if positive is None else str(positive), "id": id,
        "time": time, "group": group, "drop": _names(drop), "lineage": dict(lineage or {}), **options,
    }  # fmt: skip
    given = {key: value for key, value in given.items() if value is not None}
    words = ignore.split(",") if isinstance(ignore, str) else ignore
    ignored = parse_ignored(words, IN_PYTHON)
    if not isinstance(frame, (pd.DataFrame, str, Path)):
        what = f"A {type(frame).__name__} is no table."
        raise DataError(describe(what, IN_PYTHON, "a pandas DataFrame, or the path of a file"))
    source = frame if isinstance(frame, pd.DataFrame) else Path(frame)
    path = FRAME if isinstance(source, pd.DataFrame) else str(source)
    case, table = read_case(source, split=split, **checked_keys(path, given))
    return TableAudit(without_ignored(audit(case), ignored), table.reading, split)


def _names(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
