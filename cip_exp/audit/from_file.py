"""Build the case of an audit from a file or a data frame, and what the user says of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from cip_exp.audit.case import Case
from cip_exp.audit.from_features import build_case
from cip_exp.data import csv_table
from cip_exp.data.column_types import to_days
from cip_exp.data.csv_target import choose_task
from cip_exp.data.labels import fold_labels, guess_positive
from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.records.table import Table

Task = Literal["churn", "clv"]


def read_case(
    source: Path | pd.DataFrame,
    target: str,
    task: Task | None = None,
    positive: str | None = None,
    split: str | None = None,
    **options: Any,
) -> tuple[Case, Table]:
    """Read a table as a case, and the table itself.

    Args:
        source: the file, or the table itself.
        target: the column to predict.
        task: None to choose it by the target's values.
        positive: the class that counts as 1; None to choose it by its words, else the rarer one: the findings
            are the same for either.
        split: an option of the group `split`; None for a case without a split.
        options: those of `csv_table.read_file`, and `lineage`.

    Raises:
        ConfigError: there is no such split, or it needs an option that is not given.
        DataError: the table or a name cannot be used.
    """
    lineage = options.pop("lineage", None)
    file = csv_table.read_file(source, target, **options)
    task = task or choose_task(file.frame[target])
    if task == "churn" and positive is None:
        classes = list(fold_labels(file.frame[target]).counts)
        positive = guess_positive(classes) or (classes[-1] if len(classes) == 2 else None)
    where = csv_table.FRAME if isinstance(source, pd.DataFrame) else source
    table = csv_table.build_table(file, where, target, task, positive, lineage)
    return (_case_without_split(table, target, task) if split is None else _split(table, task, split)), table


def _case_without_split(table: Table, target: str, task: Task) -> Case:
    raw = table.frame.drop(columns=[table.id] if table.id is not None else [])
    names = [each.name for each in table.reading.columns if each.used]
    return Case(
        X=raw[names],
        y=table.targets[task].fit(table.frame)(table.frame),
        task=task,
        target=target,
        raw=raw,
        lineage=table.lineage,
        groups=table.group_numbers(),
        time=None if table.time is None else to_days(table.frame[table.time]),
        labels=table.targets[task].labels,
    )


def _split(table: Table, task: Task, name: str) -> Case:
    """Return the case that `train.py data=csv split=NAME` would audit."""
    from cip_exp.config.load import compose
    from cip_exp.config.schemas import SCHEMES
    from cip_exp.evaluation.split import split_rows
    from cip_exp.features.build import build

    if name not in SCHEMES:
        what = f"'{name}' is no split.{nearest(name, SCHEMES)}"
        raise ConfigError(describe(what, "split", ", ".join(SCHEMES)))
    # The table is read already: its path and target are not used.
    unused = ["data.path=unused", "data.target=unused"]
    overrides = ["data=csv", *unused, f"data.task={task}", f"split={name}", f"model=rf_{task}"]
    settings = compose(overrides)
    features = build(table, settings.features, task)
    return build_case(features, split_rows(features, settings.split, settings.seeds, settings.replicates))
