"""Check the target column of a user's file and build the target of its task."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NoReturn

import numpy as np

from cip_exp.data.column_faults import refuse_faults
from cip_exp.data.column_target import column_target
from cip_exp.data.column_values import read_as, read_values, texts_of
from cip_exp.data.csv_checks import first_twelve
from cip_exp.data.labels import fold_labels, guess_positive, looks_like_footer, sounds_like_staying
from cip_exp.errors import DataError, argument, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from cip_exp.data.column_options import ColumnOptions
    from cip_exp.data.labels import Labels
    from cip_exp.records.table import Target

Noted = tuple["Target", tuple[str, ...]]
"""A target, and remarks on how it was read."""
LONG = 40
"""Longer labels are cut in messages."""


def drop_unlabelled(
    frame: pd.DataFrame, target: str, na: Sequence[str], where: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out the rows without a label, and say how many.

    Raises:
        DataError: no row has a label.
    """
    missing = texts_of(frame[target], na).isna()
    if missing.all():
        _refuse(f"The target '{target}' is missing in every row.", where, "a value in every row")
    if not missing.any():
        return frame, ()
    note = f"{int(missing.sum())} of {len(frame)} rows have no label in '{target}': left out"
    return frame[~missing].reset_index(drop=True), (note,)


def choose_task(column: pd.Series) -> Literal["churn", "clv"]:
    """Return the task that fits a target: clv for an amount of more than two values, else churn."""
    values = read_values(column)
    amount = values.kind == "number" and not values.bad and values.series.nunique() > 2
    return "clv" if amount else "churn"


def build_churn(
    frame: pd.DataFrame, name: str, positive: str | None, where: str, options: ColumnOptions
) -> Noted:
    """Build a 0/1 target; where `positive` is given, every other value is a 0. Converts the column in place.

    Raises:
        DataError: missing values, or no two classes can be made of the column.
    """
    labels = fold_labels(frame[name], options.na)
    _refuse_unlabelled(labels.folded, name, where)
    classes = list(labels.counts)
    if len(classes) < 2:
        _refuse(f"The target '{name}' has one class only: {_cut(classes[0])}.", where, "two classes")
    spelled = [f"'{shown}' is written {', '.join(forms[:4])}" for shown, forms in labels.spellings.items()]
    notes = (f"spellings of the label folded: {'; '.join(spelled)}",) if spelled else ()
    if positive is not None:
        chosen = classes[_position(str(positive), classes, where)]
        if len(classes) > 2:
            rest = [f"{_cut(each)} ({labels.counts[each]})" for each in classes if each != chosen]
            notes = (*notes, f"'{chosen}' counts as churn; all others do not: {', '.join(rest[:6])}")
    else:
        if len(classes) > 2:
            _refuse_many(frame[name], name, labels, where)
        guessed = guess_positive(classes)
        if guessed is None or sounds_like_staying(name):
            _refuse_unknown(name, labels, where)
        chosen = guessed
        notes = (*notes, f"the label '{chosen}' means churn ({argument('data.positive', chosen)})")
    others = [each for each in classes if each != chosen]
    frame[name] = labels.folded.astype("category")
    target = column_target(name, chosen)
    return replace(target, labels=(others[0] if len(others) == 1 else f"not {chosen}", chosen)), notes


def build_clv(frame: pd.DataFrame, name: str, where: str, options: ColumnOptions) -> Noted:
    """Build the target that is an amount; converts the column to numbers in place.

    Raises:
        DataError: the column is not finite numbers of at least two values.
    """
    column = frame[name]
    _refuse_unlabelled(texts_of(column, options.na), name, where)
    values = read_values(column, options.na, options.decimal)
    if values.kind == "flag":
        step = "use data.task=churn and a churn model, such as model=rf_churn"
        _refuse(f"The target '{name}' is True/False, not an amount.", where, "numbers", step)
    if values.kind != "number":
        values = read_as(column, "number", options.na, options.decimal)
        if len(values.bad) and values.series.isna().mean() > 0.5:
            _refuse_no_amount(column, name, where)
    refuse_faults(name, replace(values, bad=()), options, where)
    if values.bad or values.series.isna().any():
        _refuse_text(column, values.series, name, where)
    numbers = values.series.to_numpy(dtype="float64")
    if not np.isfinite(numbers).all():
        what = f"The target '{name}' is infinite in row {int((~np.isfinite(numbers)).argmax()) + 1}."
        _refuse(what, where, "finite numbers")
    if len(np.unique(numbers)) < 2:
        _refuse(f"The target '{name}' has one value only: {column.iloc[0]}.", where, "an amount")
    frame[name] = values.series
    words = values.notations[0].words if values.notations else ""
    return column_target(name), ((f"the target '{name}' is read with {words}",) if words else ())


def _refuse_unlabelled(texts: pd.Series, name: str, where: str) -> None:
    missing = texts.isna()
    if missing.any():
        row = int(missing.to_numpy().argmax()) + 1
        what = f"The target '{name}' is missing in {int(missing.sum())} rows, first in row {row}."
        step = "data.unlabelled=drop leaves these rows out"
        _refuse(what, where, "a value in every row", step)


def _refuse_many(column: pd.Series, name: str, labels: Labels, where: str) -> NoReturn:
    """Refuse more than two classes: an amount, a row of totals, or a question to the user."""
    if choose_task(column) == "clv" and len(labels.counts) > 12:
        example = texts_of(column).iloc[0]
        what = f"The target '{name}' is an amount, such as {example}, where churn has two classes."
        _refuse(
            what,
            where,
            "two classes",
            "to predict an amount, use data.task=clv and a clv model, such as model=rf_clv",
        )
    classes = list(labels.counts)
    what = f"The target '{name}' has {len(classes)} values where churn has two classes: {_counted(labels)}."
    footers = [each for each in classes if looks_like_footer(each) and labels.counts[each] <= 2]
    if footers and len(classes) - len(footers) == 2:
        row = int((labels.folded == footers[0]).to_numpy().argmax()) + 1
        leave = f"{argument('data.na', footers)} data.unlabelled=drop"
        step = f"row {row} looks like a row of totals: {leave} leaves it out"
        _refuse(what, where, "two classes", step)
    step = f"{argument('data.positive', _likely(classes))} counts this value as churn and all others as not"
    if max(len(each.split()) for each in classes) >= 4 and len(classes) > 12:
        step = "this column holds sentences: choose another target"
    _refuse(what, where, f"0 and 1, or data.positive one of {first_twelve(map(_cut, classes))}", step)


def _refuse_unknown(name: str, labels: Labels, where: str) -> NoReturn:
    """Refuse two classes of which no word says which one is churn: nothing is guessed by the alphabet."""
    what = f"The target '{name}' does not say which value means churn: {_counted(labels)}."
    options = " or ".join(argument("data.positive", each) for each in sorted(labels.counts))
    _refuse(what, where, "0 and 1, yes and no, or data.positive", f"type {options}")


def _refuse_text(column: pd.Series, numbers: pd.Series, name: str, where: str) -> NoReturn:
    row = int(numbers.isna().to_numpy().argmax())
    what = f"Text in a number column: '{column.iloc[row]}' in column '{name}', row {row + 1}."
    leave = f"{argument('data.na', [str(column.iloc[row])])} data.unlabelled=drop"
    step = f"correct the file, or leave such rows out: {leave}"
    _refuse(what, where, "numbers", step)


def _refuse_no_amount(column: pd.Series, name: str, where: str) -> NoReturn:
    labels = fold_labels(column)
    what = f"The target '{name}' is no amount: {_counted(labels)}."
    _refuse(what, where, "numbers", "to predict a class, use data.task=churn and model=rf_churn")


def _counted(labels: Labels) -> str:
    parts = [f"{_cut(shown)} ({n} rows)" for shown, n in labels.counts.items()]
    return ", ".join(parts[:6]) + (f" and {len(parts) - 6} more" if len(parts) > 6 else "")


def _likely(classes: Sequence[str]) -> str:
    from cip_exp.data.labels import means_churn

    return next((each for each in classes if means_churn(each)), classes[-1])


def _cut(label: str) -> str:
    return label if len(label) <= LONG else f"{label[:LONG]}…"


def _position(positive: str, classes: Sequence[str], where: str) -> int:
    """Find the positive class among the folded classes, whatever its case and blanks."""
    folded = [" ".join(each.casefold().split()) for each in classes]
    wanted = " ".join(positive.casefold().split())
    if wanted in folded:
        return folded.index(wanted)
    what = f"The target has no value '{positive}'.{nearest(positive, classes)}"
    raise DataError(describe(what, f"data.positive, table {where}", first_twelve(classes)))


def _refuse(what: str, where: str, allowed: str, step: str = "") -> NoReturn:
    raise DataError(describe(what, f"data.target, table {where}", allowed, step))
