"""data=csv: any table of customers; the configuration names its target, roles and lineage."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cip_exp.data.column_types import is_text, to_dates, to_numbers
from cip_exp.data.csv_checks import check_columns, refuse_missing
from cip_exp.data.csv_lineage import build_lineage
from cip_exp.data.csv_reader import read_csv
from cip_exp.data.csv_target import build_churn, build_clv
from cip_exp.data.digest import sha256_of
from cip_exp.errors import DataError, describe
from cip_exp.records.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from cip_exp.data.csv_lineage import Entry

IDS = ("id", "customerid", "userid", "clientid", "accountid", "memberid", "rowid", "rownames")
"""Names of an id column where `id` is not given; case, blanks, dots, - and _ are ignored."""

NUMERIC_SHARE = 0.8
"""A text column with at least this share of numbers is a number column with errors in it."""


def load(
    *,
    path: str | Path,
    target: str,
    task: Literal["churn", "clv"],
    positive: str | None = None,
    time: str | None = None,
    group: str | None = None,
    id: str | None = None,
    drop: Sequence[str] = (),
    lineage: Mapping[str, Entry | None] | None = None,
) -> Table:
    """Read a CSV file as a table of one task.

    Where `id` is None, the first column of unique values with a name in `IDS` is the id; other id-like
    columns stay features. Text columns become pandas categories, `time` becomes datetimes (UTC, without
    zone). Id, time and group are never features. Missing and infinite values in features stay as they are. A
    column whose lineage has `known: after` is declared leaky.

    `lineage` is by column; a name that is not a column is allowed where another entry has it as a parent.

    Raises:
        DataError: the first fault of the file or of these names.
    """
    path = Path(path)
    frame = read_csv(path)
    check_columns(frame, [target], "data.target", path)
    for key, name in (("data.time", time), ("data.group", group), ("data.id", id)):
        check_columns(frame, [name] if name is not None else [], key, path)
    check_columns(frame, drop, "data.drop", path)
    declared = build_lineage(lineage or {}, frame, path)
    sha256 = sha256_of(frame)
    where = str(path)
    id = _find_id(frame, id, (target, time, group), where)
    roles = tuple(name for name in (id, time, group) if name is not None)
    if task == "churn":
        label = build_churn(frame, target, positive, where)
    else:
        label = build_clv(frame, target, where)
    frame = _convert(frame, (*roles, *drop, target), where)
    if time is not None:
        frame[time] = to_dates(frame[time], where)
    if group is not None:
        refuse_missing(frame[group], "data.group", where)
    return Table(
        name="csv",
        frame=frame,
        sha256=sha256,
        targets={task: label},
        lineage=declared,
        id=id,
        time=time,
        group=group,
        drop=tuple(dict.fromkeys((*(r for r in roles if r != id), *drop))),
        leaky=tuple(c for c in frame.columns if c in declared and declared[c].known == "after"),
    )


def _find_id(frame: pd.DataFrame, given: str | None, taken: tuple[str | None, ...], where: str) -> str | None:
    """Return the id column: the one given, else the first unique one with a name in `IDS`."""
    if given is None:
        named = [c for c in frame.columns if re.sub(r"[\s._-]", "", c.lower()) in IDS and c not in taken]
        return next((c for c in named if frame[c].is_unique and frame[c].notna().all()), None)
    repeated = frame[given].duplicated()
    if repeated.any():
        value = frame[given][repeated].iloc[0]
        what = f"The id '{value}' occurs more than once in column '{given}'."
        step = f"where one customer has several rows, write data.group={given} instead"
        raise DataError(describe(what, f"data.id, table {where}", "one row for each id", step))
    return given


def _convert(frame: pd.DataFrame, keep: Sequence[str], where: str) -> pd.DataFrame:
    """Convert text columns to categories, except those of `keep`; refuse number columns with text in them."""
    import pandas as pd

    frame = frame.copy()
    for name in frame.columns.difference(list(keep)):
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column):
            continue
        filled = is_text(column)
        numeric = pd.to_numeric(column[filled], errors="coerce").notna()
        if len(numeric) and numeric.mean() >= NUMERIC_SHARE:
            frame[name] = to_numbers(column, where)
        else:
            frame[name] = column.where(filled).astype("category")
    return frame
