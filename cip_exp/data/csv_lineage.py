"""Check the lineage that a configuration declares for the columns of a CSV file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from cip_exp.data.csv_checks import first_twelve
from cip_exp.errors import DataError, describe, nearest
from cip_exp.records.lineage import Known, Lineage, Origin

if TYPE_CHECKING:
    import pandas as pd

Entry = Mapping[str, Any]
"""`{parents: [...], fitted: bool, known: before|after}`; every key is optional."""
KEYS = ("parents", "fitted", "known")


def build_lineage(given: Mapping[str, Entry | None], frame: pd.DataFrame, path: object) -> Lineage:
    """Convert the entries of `data.lineage` to origins.

    Raises:
        DataError: an entry is malformed, or a name is neither a column nor, directly, a parent of an entry.
    """
    where = f"data.lineage, table {path}"
    known = [*frame.columns, *given]
    origins: dict[str, Origin] = {}
    for name, entry in given.items():
        origins[name] = _origin(name, entry, where)
        for parent in origins[name].parents:
            if parent not in known:
                what = f"'{parent}', a parent of '{name}', is not a column.{nearest(parent, known)}"
                step = f"or declare {parent}: {{}}"
                raise DataError(describe(what, where, first_twelve(frame.columns), step))
    parents = {parent for origin in origins.values() for parent in origin.parents}
    for name in given:
        if name not in frame.columns and name not in parents:
            what = f"'{name}' is neither a column nor a parent of one.{nearest(name, frame.columns)}"
            raise DataError(describe(what, where, first_twelve(frame.columns)))
    return Lineage(origins)


def _origin(name: str, entry: Entry | None, where: str) -> Origin:
    """Check one entry; an empty one declares a raw column."""
    allowed = "parents: [names], fitted: true|false, known: before|after"
    entry = {} if entry is None else entry
    if not isinstance(entry, Mapping):
        what = f"A value of the wrong type: {entry}."
        raise DataError(describe(what, f"{where}, entry {name}", allowed))
    for key in entry:
        if key not in KEYS:
            what = f"Unknown key '{key}'.{nearest(key, KEYS)}"
            raise DataError(describe(what, f"{where}, entry {name}", allowed))
    parents, fitted = entry.get("parents") or (), entry.get("fitted", False)
    known = entry.get("known", "before")
    if isinstance(parents, str) or not isinstance(fitted, bool) or known not in ("before", "after"):
        what = f"A value of the wrong type: {dict(entry)}."
        raise DataError(describe(what, f"{where}, entry {name}", allowed))
    return Origin(tuple(str(parent) for parent in parents), fitted, cast("Known", known))
