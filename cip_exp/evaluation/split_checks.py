"""Refuse a split that the table is too small for, before any model is fitted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NoReturn

from cip_exp.errors import DataError, describe

if TYPE_CHECKING:
    from cip_exp.config.schemas import SplitSettings
    from cip_exp.evaluation.rows_to_split import RowsToSplit


def check_table_size(rows: RowsToSplit, split: SplitSettings) -> None:
    """Raise DataError where no holdout can be drawn: too few rows or groups, or too few of one class."""
    units = rows.count_units()
    if units < 2 * split.n_splits or units * split.test_size < 1:
        most = f"2 to {units // 2}" if units >= 4 else "a larger table"
        _refuse(f"{split.n_splits} folds and a holdout are too many for {units} {_unit(rows)}", rows, most)
    held_out = math.ceil(split.test_size * rows.n)  # as train_test_split counts
    if rows.groups is None and rows.classes is not None and held_out < 2:
        larger = f"more than {split.test_size} as split.test_size, or a larger table"
        _refuse(f"the holdout would have {held_out} row, and it needs one of each class", rows, larger)
    for label in (0, 1) if rows.classes is not None else ():
        members = rows.count_units(label)
        if members == 0:
            what = f"the target has one class: no row is {label}"
            raise DataError(describe(what, "the target", "both classes, 0 and 1"))
        if members < split.n_splits + 1:
            most = f"2 to {members - 1}" if members > 2 else "a table with more members of that class"
            what = f"{split.n_splits} folds and a holdout need more than {members} {_unit(rows, label)}"
            _refuse(what, rows, most)


def check_sides(train: RowsToSplit, holdout: RowsToSplit, split: SplitSettings) -> None:
    """Raise DataError where some fold, or the holdout, could not be scored."""
    larger = f"more than {split.test_size} as split.test_size, or a larger table"
    if holdout.n < 2:
        _refuse(f"the holdout would have {holdout.n} row(s), and a score needs 2", holdout, larger)
    if train.n < 2 * split.n_splits:  # R² of a single row is undefined
        what = f"{split.n_splits} folds are too many for the {train.n} rows outside the holdout"
        _refuse(what, train, f"2 to {max(2, train.n // 2)}")
    for label in (0, 1) if train.classes is not None else ():
        if holdout.count_units(label) == 0:
            _refuse(f"the holdout would have none of the {_unit(holdout, label)}", holdout, larger)
        members = train.count_units(label)
        if members < split.n_splits:
            most = f"2 to {members}" if members > 1 else "a smaller split.test_size, or a larger table"
            what = f"{split.n_splits} folds are too many for the {members} {_unit(train, label)}"
            _refuse(what, train, most)


def _unit(rows: RowsToSplit, label: int | None = None) -> str:
    """Return the noun for what `count_units` counts."""
    unit = "rows" if rows.groups is None else "groups (rows that stay together)"
    return unit if label is None else f"{unit} of class {label}"


def _refuse(what: str, rows: RowsToSplit, allowed: str) -> NoReturn:
    grouped = rows.groups is not None
    step = "or split.twins=keep, which allows equal rows on both sides of a fold" if grouped else ""
    raise DataError(describe(what, "split.n_splits, split.test_size", allowed, step))
