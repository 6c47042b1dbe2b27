"""Build the case of an audit from a file and the roles of its columns, without configuration or split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cip_exp.audit.case import Case
from cip_exp.data import csv_table
from cip_exp.data.column_types import to_days
from cip_exp.data.csv_reader import read_csv

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cip_exp.records.table import Table

Task = Literal["churn", "clv"]

ISO_DATE = r"\d{4}-\d{2}-\d{2}([ T].*)?"


@dataclass(frozen=True)
class Roles:
    """The roles of a table's columns, as given by the user."""

    target: str
    task: str | None = None
    """None: chosen from the target's values."""
    positive: str | None = None
    id: str | None = None
    time: str | None = None
    group: str | None = None
    drop: tuple[str, ...] = ()


def read_case(path: Path, roles: Roles) -> Case:
    """Read a table as a case; raises DataError where the file or a role cannot be used."""
    import pandas as pd

    task, positive = _task(path, roles)
    table = csv_table.load(
        path=path, target=roles.target, task=task, positive=positive, time=roles.time, group=roles.group,
        id=roles.id, drop=roles.drop,
    )  # fmt: skip
    target = table.targets[task]
    raw = _parse_dates(table.frame.drop(columns=[table.id] if table.id is not None else []))
    excluded = {roles.target, *table.drop}
    return Case(
        X=raw[[name for name in raw.columns if name not in excluded]],
        y=target.fit(table.frame)(table.frame),
        task=task,
        target=roles.target,
        raw=raw,
        lineage=table.lineage,
        groups=None if roles.group is None else pd.factorize(raw[roles.group])[0].astype(np.int64),
        time=_time(table, roles),
    )


def _time(table: Table, roles: Roles) -> np.ndarray | None:
    return None if roles.time is None else to_days(table.frame[roles.time])


def _task(path: Path, roles: Roles) -> tuple[Task, str | None]:
    """Return the task, chosen from the target's values where it was not given, and the positive class."""
    import pandas as pd

    frame = read_csv(path)
    if roles.target not in frame.columns:
        # csv_table.load raises the error for a missing target.
        return "clv", None
    column = frame[roles.target].dropna()
    values = column.unique().tolist()
    text = not pd.api.types.is_numeric_dtype(column)
    two = len(values) == 2 or pd.api.types.is_bool_dtype(column) or text
    task: Task = "churn" if (roles.task == "churn" or (roles.task is None and two)) else "clv"
    if task == "clv" or roles.positive is not None or len(values) != 2 or set(values) <= {0, 1}:
        return task, roles.positive
    # The findings are the same for either choice of the positive class.
    last = sorted(values, key=str)[-1]
    return task, str(int(last)) if isinstance(last, float) and last.is_integer() else str(last)


def _parse_dates(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert text columns whose values are all ISO dates to dates."""
    import pandas as pd

    frame = frame.copy()
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype) and len(column.cat.categories):
            levels = column.cat.categories.astype("str")
            if levels.str.fullmatch(ISO_DATE).all():
                frame[name] = pd.to_datetime(column.astype("str"), format="ISO8601", errors="coerce")
    return frame
