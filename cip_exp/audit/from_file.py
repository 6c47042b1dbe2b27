"""Build the case of an audit from a file and what the user says of its columns; there is no split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from cip_exp.audit.case import Case
from cip_exp.data import csv_table
from cip_exp.data.column_types import to_days
from cip_exp.data.csv_target import choose_task
from cip_exp.data.labels import fold_labels, guess_positive

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.records.table import Table

Task = Literal["churn", "clv"]


def read_case(
    path: Path, target: str, task: Task | None = None, positive: str | None = None, **options: Any
) -> tuple[Case, Table]:
    """Read a table as a case, and the table itself.

    Args:
        path: the file.
        target: the column to predict.
        task: None to choose it by the target's values.
        positive: the class that counts as 1; None to choose it by its words, else the rarer one: the findings
            are the same for either.
        options: those of `csv_table.read_file`, and `lineage`.

    Raises:
        DataError: the file or a name cannot be used.
    """
    lineage = options.pop("lineage", None)
    file = csv_table.read_file(path, target, **options)
    task = task or choose_task(file.frame[target])
    if task == "churn" and positive is None:
        classes = list(fold_labels(file.frame[target]).counts)
        positive = guess_positive(classes) or (classes[-1] if len(classes) == 2 else None)
    table = csv_table.build_table(file, path, target, task, positive, lineage)
    label = table.targets[task]
    raw = table.frame.drop(columns=[table.id] if table.id is not None else [])
    names = [each.name for each in table.reading.columns if each.used]
    case = Case(
        X=raw[names],
        y=label.fit(table.frame)(table.frame),
        task=task,
        target=target,
        raw=raw,
        lineage=table.lineage,
        groups=table.group_numbers(),
        time=None if table.time is None else to_days(table.frame[table.time]),
    )
    return case, table
