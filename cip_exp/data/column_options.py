"""What the user says about the columns of a file: roles, notations and missing values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from cip_exp.data.csv_checks import first_twelve
from cip_exp.errors import DataError, argument, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTS = ("numeric", "categorical", "dates", "id", "group", "drop")
"""Options that name columns, each by name or glob."""


@dataclass(frozen=True)
class ColumnOptions:
    """The keys of `data=csv` that decide what columns are; names may be globs such as `date_*`."""

    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    time: str | None = None
    na: tuple[str, ...] = ()
    """Words that mean missing, in every column."""
    decimal: str | None = None
    """The decimal mark of all number columns; None: found in each."""
    dayfirst: bool | None = None
    """Whether the day comes before the month where the dates cannot tell."""

    def expanded(self, names: Sequence[str], target: str | None, path: object) -> ColumnOptions:
        """Return the options with globs replaced by the columns that they match.

        Raises:
            DataError: a name or glob that matches no column, the target, or a column with two contradicting
                options.
        """
        for key in LISTS:
            if target is not None and target in getattr(self, key):
                what = f"'{target}' is the target; it has no other role."
                raise DataError(describe(what, f"data.{key}, table {path}", "other columns than the target"))
        names = [name for name in names if name != target]
        changes: dict[str, Any] = {key: self._expand(key, names, path) for key in LISTS}
        _refuse_twice({key: changes[key] for key in ("numeric", "categorical", "dates")}, path)
        return replace(self, **changes)

    def _expand(self, key: str, names: Sequence[str], path: object) -> tuple[str, ...]:
        found: list[str] = []
        for pattern in getattr(self, key):
            matches = [pattern] if pattern in names else [n for n in names if fnmatchcase(n, pattern)]
            if not matches:
                what = f"The table has no column '{pattern}'.{nearest(pattern, names)}"
                raise DataError(describe(what, f"data.{key}, table {path}", first_twelve(names)))
            found += matches
        return tuple(dict.fromkeys(found))


def _refuse_twice(lists: dict[str, tuple[str, ...]], path: object) -> None:
    for key, names in lists.items():
        for other, others in lists.items():
            both = sorted(set(names) & set(others)) if key < other else []
            if both:
                what = f"Column '{both[0]}' is in data.{key} and in data.{other}."
                step = f"keep one of them, such as {argument(f'data.{key}', [both[0]])}"
                raise DataError(describe(what, f"data.{key}, table {path}", "one option a column", step))
