"""From a file alone to a case: no configuration, no split, no lineage; the roles of columns as given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cip_exp.audit.case import Case
from cip_exp.data import csv_table
from cip_exp.data.csv_reader import read_csv, to_days

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from cip_exp.records.table import Table

Task = Literal["churn", "clv"]

ISO_DATE = r"\d{4}-\d{2}-\d{2}([ T].*)?"


@dataclass(frozen=True)
class Roles:
    """What the user says of a table's columns."""

    target: str
    task: str | None = None
    """None to tell by the target's values."""
    positive: str | None = None
    id: str | None = None
    time: str | None = None
    group: str | None = None
    drop: tuple[str, ...] = ()


def read_case(path: Path, roles: Roles, seed: int = 0) -> Case:
    """Read a table as a case.

    Raises DataError for whatever in the file or in the roles cannot be used.
    """
    import pandas as pd

    task, positive = _task(path, roles)
    table = csv_table.load(
        path=path, target=roles.target, task=task, positive=positive, time=roles.time, group=roles.group,
        id=roles.id, drop=roles.drop,
    )  # fmt: skip
    target = table.targets[task]
    raw = _dated(table.frame.drop(columns=[table.id] if table.id is not None else []))
    out = {roles.target, *table.drop}
    return Case(
        X=raw[[name for name in raw.columns if name not in out]],
        y=target.fit(table.frame)(table.frame),
        task=task,
        target=roles.target,
        raw=raw,
        lineage=table.lineage,
        groups=None if roles.group is None else pd.factorize(raw[roles.group])[0].astype(np.int64),
        time=_time(table, roles),
        set_name="clean",
        seed=seed,
    )


def _time(table: Table, roles: Roles) -> np.ndarray | None:
    return None if roles.time is None else to_days(table.frame[roles.time])


def _task(path: Path, roles: Roles) -> tuple[Task, str | None]:
    """Tell the task by the target's values where it was not given, and choose a positive class."""
    import pandas as pd

    frame = read_csv(path)
    if roles.target not in frame.columns:
        # The loader has the message for it.
        return "clv", None
    column = frame[roles.target].dropna()
    values = column.unique().tolist()
    text = not pd.api.types.is_numeric_dtype(column)
    two = len(values) == 2 or pd.api.types.is_bool_dtype(column) or text
    task: Task = "churn" if (roles.task == "churn" or (roles.task is None and two)) else "clv"
    if task == "clv" or roles.positive is not None or len(values) != 2 or set(values) <= {0, 1}:
        return task, roles.positive
    # Which of two classes counts as positive makes no difference to what leaks.
    last = sorted(values, key=str)[-1]
    return task, str(int(last)) if isinstance(last, float) and last.is_integer() else str(last)


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn texts that are all ISO dates into dates."""
    import pandas as pd

    frame = frame.copy()
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype) and len(column.cat.categories):
            levels = column.cat.categories.astype("str")
            if levels.str.fullmatch(ISO_DATE).all():
                frame[name] = pd.to_datetime(column.astype("str"), format="ISO8601", errors="coerce")
    return frame
