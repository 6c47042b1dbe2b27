"""Check the target column of a CSV file and build the target of its task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from cip_exp.data.column_target import column_target
from cip_exp.data.column_types import to_numbers
from cip_exp.data.csv_checks import first_twelve, refuse_missing
from cip_exp.errors import DataError, describe, nearest

if TYPE_CHECKING:
    import pandas as pd

    from cip_exp.records.table import Target


def build_churn(frame: pd.DataFrame, name: str, positive: str | None, where: str) -> Target:
    """Build a 0/1 target; where `positive` is given, every other value is a 0.

    Raises:
        DataError: missing values, or no two classes can be made of the column.
    """
    import pandas as pd

    column = frame[name]
    refuse_missing(column, "data.target", where)
    values = sorted(column.unique().tolist(), key=str)
    if len(values) < 2:
        _refuse(f"The target '{name}' has one class only: {values[0]}.", where, "two classes")
    texts = [_class_text(value) for value in values]
    if positive is not None:
        at = _position(str(positive), texts, where)
        negative = texts[1 - at] if len(texts) == 2 else f"not {texts[at]}"
        return column_target(name, values[at], (negative, texts[at]))
    if len(values) == 2 and set(values) <= {0, 1}:
        return column_target(name, labels=(texts[0], texts[1]))
    step = f"name the value that means churn, such as data.positive={texts[-1]}"
    if len(values) > 2:
        what = f"The target '{name}' has {len(values)} values where churn has two classes."
        if pd.api.types.is_numeric_dtype(column) and len(values) > 12:
            step = "to predict an amount, use data.task=clv and a clv model"
        _refuse(what, where, f"0 and 1, or data.positive one of {first_twelve(texts)}", step)
    what = f"The target '{name}' is neither 0/1 nor True/False: {first_twelve(texts)}."
    return _refuse(what, where, f"data.positive={' or data.positive='.join(texts)}", step)


def build_clv(frame: pd.DataFrame, name: str, where: str) -> Target:
    """Build the target that is an amount; converts the column to numbers in place.

    Raises:
        DataError: the column is not finite numbers of at least two values.
    """
    import numpy as np
    import pandas as pd

    if pd.api.types.is_bool_dtype(frame[name]):
        step = "use data.task=churn and a churn model"
        _refuse(f"The target '{name}' is True/False, not an amount.", where, "numbers", step)
    step = "to predict a class, use data.task=churn; else correct the file"
    frame[name] = to_numbers(frame[name], where, step)
    refuse_missing(frame[name], "data.target", where)
    finite = np.isfinite(frame[name].to_numpy(dtype="float64"))
    if not finite.all():
        what = f"The target '{name}' is infinite in row {int((~finite).argmax()) + 1}."
        _refuse(what, where, "finite numbers")
    if frame[name].nunique() < 2:
        _refuse(f"The target '{name}' has one value only: {frame[name].iloc[0]}.", where, "an amount")
    return column_target(name)


def _class_text(value: Any) -> str:
    """Write a class as it is written on a command line: 1, not 1.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _position(positive: str, texts: list[str], where: str) -> int:
    """Find the positive class among the values; case is ignored where that is unambiguous."""
    folded = [text.casefold() for text in texts]
    for pool, wanted in ((texts, positive), (folded, positive.casefold())):
        if pool.count(wanted) == 1:
            return pool.index(wanted)
    what = f"The target has no value '{positive}'.{nearest(positive, texts)}"
    raise DataError(describe(what, f"data.positive, table {where}", first_twelve(texts)))


def _refuse(what: str, where: str, allowed: str, step: str = "") -> NoReturn:
    raise DataError(describe(what, f"data.target, table {where}", allowed, step))
