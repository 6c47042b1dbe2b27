"""data=csv: any table of customers, with its target, roles and lineage named in the configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NoReturn, cast

from cip_exp.data.csv_reader import is_text, read_csv, to_dates, to_numbers
from cip_exp.data.digest import sha256_of
from cip_exp.errors import DataError, describe, nearest
from cip_exp.records.lineage import Known, Lineage, Origin
from cip_exp.records.table import Table, Target

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

IDS = ("id", "customerid", "userid", "clientid", "accountid", "memberid", "rowid", "rownames")
"""Names taken for the id where `id` is not given, compared without case, blanks, dots, - and _."""

NUMERIC_SHARE = 0.8
"""From this share of numbers on, a text column is a number column with faults in it."""


@dataclass(frozen=True)
class ColumnLabel:
    """The label that one raw column already is: nothing to learn, the same for every fold."""

    column: str
    positive: Any = None
    """The value that counts as 1; None where the column is taken as the number it is."""

    def fit(self, _rows: pd.DataFrame) -> ColumnLabel:
        """Return itself, whatever the training rows."""
        return self

    def __call__(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """Label rows; shape (n,)."""
        values = rows[self.column]
        return (values if self.positive is None else values == self.positive).to_numpy(dtype="float64")


def column_target(column: str, positive: Any = None) -> Target:
    """Build the target that is one raw column."""
    return Target(name=column, fit=ColumnLabel(column, positive).fit, columns=(column,))


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
    lineage: Mapping[str, Mapping[str, Any] | None] | None = None,
) -> Table:
    """Read a CSV file as a table of one task.

    Where `id` is None, a column of unique values with a name of `IDS` is taken for it; other id-like
    columns stay features. Text columns become pandas categories, `time` becomes datetimes (UTC, without
    zone). Id, time and group are never features. Missing and infinite values in features stay as they are.
    A column whose lineage says `known: after` is declared leaky.

    `lineage`: by column, `{parents: [...], fitted: bool, known: before|after}`, all optional; a name that
    is no column may be declared when another entry has it among its parents.

    Raises DataError for whatever in the file or in these names cannot be used, the first fault found.
    """
    frame = read_csv(path)
    _check_columns(frame, [target], "data.target", path)
    for key, name in (("data.time", time), ("data.group", group), ("data.id", id)):
        _check_columns(frame, [name] if name is not None else [], key, path)
    _check_columns(frame, drop, "data.drop", path)
    declared = _build_lineage(lineage or {}, frame, path)
    sha256 = sha256_of(frame)
    where = str(path)
    id = _find_id(frame, id, (target, time, group), where)
    roles = tuple(name for name in (id, time, group) if name is not None)
    label = _churn(frame, target, positive, where) if task == "churn" else _clv(frame, target, where)
    frame = _typed(frame, (*roles, *drop, target), where)
    if time is not None:
        frame[time] = to_dates(frame[time], where)
    if group is not None:
        _refuse_missing(frame[group], "data.group", where)
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


def _check_columns(frame: pd.DataFrame, names: Sequence[str], key: str, path: object) -> None:
    for name in names:
        if name not in frame.columns:
            what = f"The table has no column '{name}'.{nearest(name, frame.columns)}"
            raise DataError(describe(what, f"{key}, table {path}", _listed(frame.columns)))


def _build_lineage(
    given: Mapping[str, Mapping[str, Any] | None], frame: pd.DataFrame, path: object
) -> Lineage:
    """Turn the configuration's entries into origins; every name must be a column or lead to one."""
    where = f"data.lineage, table {path}"
    known = [*frame.columns, *given]
    origins: dict[str, Origin] = {}
    for name, entry in given.items():
        origins[name] = _origin(name, entry, where)
        for parent in origins[name].parents:
            if parent not in known:
                what = f"'{parent}', a parent of '{name}', is no column.{nearest(parent, known)}"
                raise DataError(describe(what, where, _listed(frame.columns), f"or declare {parent}: {{}}"))
    parents = {parent for origin in origins.values() for parent in origin.parents}
    for name in given:
        if name not in frame.columns and name not in parents:
            what = f"'{name}' is no column and no parent of one.{nearest(name, frame.columns)}"
            raise DataError(describe(what, where, _listed(frame.columns)))
    return Lineage(origins)


def _origin(name: str, entry: Mapping[str, Any] | None, where: str) -> Origin:
    """Check one entry of the lineage; an empty one declares a raw column."""
    allowed = "parents: [names], fitted: true|false, known: before|after"
    entry = {} if entry is None else entry
    if not isinstance(entry, Mapping):
        what = f"A value of the wrong kind: {entry}."
        raise DataError(describe(what, f"{where}, entry {name}", allowed))
    for key in entry:
        if key not in ("parents", "fitted", "known"):
            what = f"Unknown key '{key}'.{nearest(key, ('parents', 'fitted', 'known'))}"
            raise DataError(describe(what, f"{where}, entry {name}", allowed))
    parents, fitted = entry.get("parents") or (), entry.get("fitted", False)
    known = entry.get("known", "before")
    if isinstance(parents, str) or not isinstance(fitted, bool) or known not in ("before", "after"):
        what = f"A value of the wrong kind: {dict(entry)}."
        raise DataError(describe(what, f"{where}, entry {name}", allowed))
    return Origin(tuple(str(parent) for parent in parents), fitted, cast("Known", known))


def _listed(values: Any) -> str:
    """Write at most twelve values in a line."""
    texts = [str(value) for value in values]
    rest = f" and {len(texts) - 12} more" if len(texts) > 12 else ""
    return ", ".join(texts[:12]) + rest


def _find_id(frame: pd.DataFrame, given: str | None, taken: tuple[str | None, ...], where: str) -> str | None:
    """Return the id column: the one given, else the first unique one that is called like an id."""
    if given is None:
        called = [c for c in frame.columns if re.sub(r"[\s._-]", "", c.lower()) in IDS and c not in taken]
        return next((c for c in called if frame[c].is_unique and frame[c].notna().all()), None)
    repeated = frame[given].duplicated()
    if repeated.any():
        value = frame[given][repeated].iloc[0]
        what = f"The id '{value}' occurs more than once in column '{given}'."
        step = f"where one customer has several rows, write data.group={given} instead"
        raise DataError(describe(what, f"data.id, table {where}", "one row for each id", step))
    return given


def _churn(frame: pd.DataFrame, name: str, positive: str | None, where: str) -> Target:
    """Build a 0/1 target; a positive class given makes any other value a 0."""
    import pandas as pd

    column = frame[name]
    _refuse_missing(column, "data.target", where)
    values = sorted(column.unique().tolist(), key=str)
    if len(values) < 2:
        _refuse_target(f"The target '{name}' has one class only: {values[0]}.", where, "two classes")
    texts = [_plain(value) for value in values]
    if positive is not None:
        return column_target(name, values[_position(str(positive), texts, where)])
    if len(values) == 2 and set(values) <= {0, 1}:
        return column_target(name)
    step = f"say which value means churn, such as data.positive={texts[-1]}"
    if len(values) > 2:
        what = f"The target '{name}' has {len(values)} values where churn has two classes."
        if pd.api.types.is_numeric_dtype(column) and len(values) > 12:
            step = "an amount is predicted with data.task=clv and a clv model"
        _refuse_target(what, where, f"0 and 1, or data.positive one of {_listed(texts)}", step)
    what = f"The target '{name}' is neither 0/1 nor True/False: {_listed(texts)}."
    return _refuse_target(what, where, f"data.positive={' or data.positive='.join(texts)}", step)


def _plain(value: Any) -> str:
    """Write a class as it is written on a command line: 1, not 1.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _position(positive: str, texts: list[str], where: str) -> int:
    """Find the positive class among the values, without regard to case where that is unambiguous."""
    folded = [text.casefold() for text in texts]
    for pool, wanted in ((texts, positive), (folded, positive.casefold())):
        if pool.count(wanted) == 1:
            return pool.index(wanted)
    what = f"The target has no value '{positive}'.{nearest(positive, texts)}"
    raise DataError(describe(what, f"data.positive, table {where}", _listed(texts)))


def _clv(frame: pd.DataFrame, name: str, where: str) -> Target:
    """Build an amount as target; the column becomes numbers in place."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_bool_dtype(frame[name]):
        step = "write data.task=churn and choose a churn model"
        _refuse_target(f"The target '{name}' is True/False, not an amount.", where, "numbers", step)
    step = "predict a class with data.task=churn, or mend the file"
    frame[name] = to_numbers(frame[name], where, step)
    _refuse_missing(frame[name], "data.target", where)
    finite = np.isfinite(frame[name].to_numpy(dtype="float64"))
    if not finite.all():
        what = f"The target '{name}' is infinite in row {int((~finite).argmax()) + 1}."
        _refuse_target(what, where, "finite numbers")
    if frame[name].nunique() < 2:
        _refuse_target(f"The target '{name}' has one value only: {frame[name].iloc[0]}.", where, "an amount")
    return column_target(name)


def _refuse_target(what: str, where: str, allowed: str, step: str = "") -> NoReturn:
    raise DataError(describe(what, f"data.target, table {where}", allowed, step))


def _refuse_missing(column: pd.Series, key: str, where: str) -> None:
    """Refuse a column with holes, and name the first."""
    missing = ~is_text(column)
    if missing.any():
        row = int(missing.to_numpy().argmax()) + 1
        what = f"Column '{column.name}' is missing in {int(missing.sum())} rows, first in row {row}."
        step = "leave these rows out of the file"
        raise DataError(describe(what, f"{key}, table {where}", "a value in every row", step))


def _typed(frame: pd.DataFrame, keep: Sequence[str], where: str) -> pd.DataFrame:
    """Turn text columns into categories, and number columns with faults into an error."""
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
