"""data=csv: any table of customers; the file is read once, and each column is decided by content and name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cip_exp.data.column_options import ColumnOptions
from cip_exp.data.column_roles import read_columns
from cip_exp.data.column_values import read_values
from cip_exp.data.csv_checks import check_columns, refuse_missing
from cip_exp.data.csv_lineage import build_lineage
from cip_exp.data.csv_target import build_churn, build_clv, drop_unlabelled
from cip_exp.data.digest import sha256_of
from cip_exp.data.file_reader import ReadOptions, frame_cells, read_cells
from cip_exp.data.totals_row import without_totals
from cip_exp.errors import DataError, argument, describe
from cip_exp.records.columns import Reading
from cip_exp.records.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from cip_exp.data.csv_lineage import Entry
    from cip_exp.records.columns import Column
    from cip_exp.records.table import Target

OPTIONS = (
    "sep", "encoding", "decimal", "dayfirst", "na", "numeric", "categorical", "dates", "id", "time", "group",
    "drop", "unlabelled",
)  # fmt: skip
"""Keys that `read_file` takes besides the path and the target."""
FRAME = "the data frame"
"""What messages call a table that was not read from a file."""


@dataclass(frozen=True, eq=False)
class FileTable:
    """A file as read: its rows, and what each column is."""

    frame: pd.DataFrame
    """Converted columns; the target as written."""
    raw: pd.DataFrame
    """The same rows as written."""
    reading: Reading
    options: ColumnOptions


def load(
    *,
    path: str | Path,
    target: str,
    task: Literal["churn", "clv"],
    positive: str | None = None,
    lineage: Mapping[str, Entry | None] | None = None,
    **options: Any,
) -> Table:
    """Read a file as a table of one task.

    Each column gets a role, in `Table.reading`; numbers, categories, codes and dates are features. Text
    columns become pandas categories, dates become datetimes (UTC, without zone). Missing and infinite values
    in features stay as they are. A column whose lineage has `known: after` is declared leaky.

    `lineage` is by column; a name that is not a column is allowed where another entry has it as a parent.
    `options` are those of `read_file`.

    Raises:
        DataError: the first fault of the file or of these names.
    """
    return build_table(read_file(path, target, **options), path, target, task, positive, lineage)


def build_table(
    file: FileTable,
    path: str | Path,
    target: str,
    task: Literal["churn", "clv"],
    positive: str | None = None,
    lineage: Mapping[str, Entry | None] | None = None,
) -> Table:
    """Return the table of a file that was read; see `load`.

    Raises:
        DataError: the target does not fit the task, or the first fault of the lineage.
    """
    frame, where = file.frame, str(path)
    declared = build_lineage(lineage or {}, frame, path)
    # The target as what it is, whatever the task makes of it: roles do not change the digest.
    sha256 = sha256_of(frame.assign(**{target: read_values(frame[target]).series}))
    label, note = _label(file, target, task, positive, where)
    reading = replace(file.reading, notes=(*file.reading.notes, *note))
    columns, time = reading.columns, file.options.time
    group = _group(frame, columns, file.options, where)
    identifiers = [*file.options.id, *reading.names("identifier")]
    identifier = identifiers[0] if identifiers else None
    unused = [each.name for each in columns if not each.used and each.role != "target"]
    return Table(
        name="csv",
        frame=frame,
        sha256=sha256,
        targets={task: label},
        lineage=declared,
        id=identifier,
        time=time,
        group=group,
        drop=tuple(name for name in unused if name != identifier),
        leaky=tuple(c for c in frame.columns if c in declared and declared[c].known == "after"),
        identifiers=reading.names("identifier", "text"),
        reading=reading,
        raw=file.raw,
    )


def read_file(
    path: str | Path | pd.DataFrame,
    target: str | None,
    *,
    sep: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    dayfirst: bool | None = None,
    na: Sequence[str] = (),
    numeric: Sequence[str] = (),
    categorical: Sequence[str] = (),
    dates: Sequence[str] = (),
    id: str | Sequence[str] | None = None,
    time: str | None = None,
    group: str | Sequence[str] | None = None,
    drop: Sequence[str] = (),
    unlabelled: Literal["refuse", "drop"] = "refuse",
) -> FileTable:
    """Read a file, and decide what each column is; one decision for training, audit and serving.

    A data frame in place of a path is read as a parquet file of it; separators and encodings do not apply.

    Raises:
        DataError: the first fault of the file, of a column, or of these names.
    """
    given = ColumnOptions(
        numeric=tuple(numeric), categorical=tuple(categorical), dates=tuple(dates), id=_names(id),
        group=_names(group), drop=tuple(drop), time=time, na=tuple(na), decimal=decimal, dayfirst=dayfirst,
    )  # fmt: skip
    if isinstance(path, (str, Path)):
        path = Path(path)
        cells = read_cells(path, ReadOptions(sep, encoding))
    else:
        cells, path = frame_cells(path, FRAME), FRAME
    frame, notes = cells.frame, cells.notes
    check_columns(frame, [] if target is None else [target], "data.target", path)
    check_columns(frame, [] if time is None else [time], "data.time", path)
    given = given.expanded([str(name) for name in frame.columns], target, path)
    frame, totals = without_totals(frame, target, given.na)
    notes = (*notes, *totals)
    if unlabelled == "drop" and target is not None:
        frame, dropped = drop_unlabelled(frame, target, given.na, str(path))
        notes = (*notes, *dropped)
    raw = frame
    frame, columns = read_columns(frame, given, target, str(path))
    _check_roles(frame, given, str(path))
    if len(given.group) > 1:
        notes = (*notes, f"rows that agree in {', '.join(given.group)} stay together")
    return FileTable(frame, raw, Reading(columns, notes, given.na), given)


def _names(value: str | Sequence[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _check_roles(frame: pd.DataFrame, options: ColumnOptions, where: str) -> None:
    """Refuse a repeated id, and a missing time."""
    for name in options.id[:1]:
        repeated = frame[name].duplicated()
        if repeated.any():
            what = f"The id '{frame[name][repeated].iloc[0]}' occurs more than once in column '{name}'."
            step = f"where one customer has several rows, write {argument('data.group', name)} instead"
            raise DataError(describe(what, f"data.id, table {where}", "one row for each id", step))
    if options.time is not None:
        refuse_missing(frame[options.time], "data.time", where)


def _group(
    frame: pd.DataFrame, columns: Sequence[Column], options: ColumnOptions, where: str
) -> str | tuple[str, ...] | None:
    """Return the columns whose rows stay together: those given, else one with a customer's repeated id."""
    if len(options.group) > 1:
        return options.group
    group = next((each.name for each in columns if each.role == "group"), None)
    if group is None:
        return None
    if options.group:
        refuse_missing(frame[group], "data.group", where)
    return group if frame[group].notna().all() else None


def _label(
    file: FileTable, target: str, task: str, positive: str | None, where: str
) -> tuple[Target, tuple[str, ...]]:
    if task == "churn":
        return build_churn(file.frame, target, positive, where, file.options)
    return build_clv(file.frame, target, where, file.options)
