"""Convert raw rows of a user's file as the training file was read: the first step of a saved model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from cip_exp.data.convert_rows import convert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records.table import Features


class RawRows(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Raw cells to numbers, dates and texts, by the decisions that were made for the training file.

    A text that is no number in a number column, or no date in a column of dates, is refused. Other columns
    are left out, and the order of the columns does not matter.

    Args:
        columns: of the features, in their order: the fields of `records.columns.Column` as plain values.
        na: words that mean missing.
    """

    def __init__(self, columns: Sequence[dict[str, Any]], na: Sequence[str] = ()) -> None:
        self.columns = columns
        self.na = na

    def __sklearn_is_fitted__(self) -> bool:
        """Return True: nothing is learned from rows."""
        return True

    def fit(self, X: Any, y: Any = None) -> RawRows:  # noqa: ARG002
        """Return itself; nothing is learned."""
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the features of raw rows, shape (n, p); a column that is not there is missing throughout.

        A column name of another type than text, such as the number 5, is found by its text.
        """
        by_name = {str(name): X[name] for name in X.columns}
        empty = pd.Series([None] * len(X), index=X.index, dtype="object")
        converted = {
            each["name"]: convert(
                by_name.get(each["name"], empty),
                each["kind"],
                each["notation"],
                each["date_format"],
                self.na,
                each["width"],
            )  # fmt: skip
            for each in self.columns
        }
        return pd.DataFrame(converted, index=X.index)


def raw_rows_of(features: Features) -> RawRows | None:
    """Return the converter of raw rows for these features; None for tables without a user's file."""
    reading = features.table.reading
    if not reading.columns:
        return None
    by_name = {each.name: each.plain() for each in reading.columns}
    return RawRows([by_name[name] for name in features.names], list(reading.na))
