"""The model that is saved: it takes raw rows and answers in the user's words.

Saved models name this module and its class by their import path: neither may move.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from cip_exp.errors import DataError, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HALF = 0.5
TRUTH = {"true": 1.0, "false": 0.0}


class CustomerModel(BaseEstimator):  # type: ignore[misc]
    """A fitted pipeline with what it needs to answer for raw rows; there is nothing left to fit.

    Columns may come in any order, further columns are ignored. Integers, truth values and numbers written as
    text count as numbers; what is empty counts as missing; a level that training did not have is no error.
    """

    def __init__(
        self,
        pipeline: Any,
        columns: Sequence[str],
        task: str,
        *,
        numbers: Sequence[str] = (),
        reader: Any = None,
        fill: Mapping[str, Any] | None = None,
        labels: tuple[str, str] = ("0", "1"),
        threshold: float = HALF,
    ) -> None:
        """Store the parts.

        Args:
            pipeline: fitted.
            columns: that rows must have, as the user's table has them.
            task: churn, clv or segments.
            numbers: those of `columns` that are numbers; without `reader` only.
            reader: a fitted transformer from raw rows to the pipeline's input; None where names and
                meanings are the same and only types have to be converted.
            fill: by column, what replaces a missing value, where the pipeline itself cannot take one.
            labels: of churn, the words for no and yes.
            threshold: of churn, the probability from which on the answer is yes; see `is_positive`.
        """
        self.pipeline = pipeline
        self.columns = columns
        self.task = task
        self.numbers = numbers
        self.reader = reader
        self.fill = fill
        self.labels = labels
        self.threshold = threshold

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn that there is nothing to fit."""
        return True

    def predict(self, rows: Any) -> pd.DataFrame:
        """Return `prediction`, for churn also `probability` (of the word for yes), with the index of `rows`.

        `rows` is a data frame, or what one can be made of, such as a list of mappings.

        Raises:
            DataError: a column is missing, or a number column contains text.
        """
        rows = _to_frame(rows)
        inputs = self.read(rows)
        if self.task != "churn":
            return pd.DataFrame({"prediction": self.pipeline.predict(inputs)}, index=rows.index)
        probability = self._probability(inputs)
        words = np.array(self.labels, dtype=object)[is_positive(probability, self.threshold).astype(int)]
        return pd.DataFrame({"prediction": words, "probability": probability}, index=rows.index)

    def predict_proba(self, rows: Any) -> NDArray[np.float64]:
        """Return for churn the probabilities of both words, shape (n, 2), in the order of `labels`."""
        churn = self._probability(self.read(_to_frame(rows)))
        return np.column_stack([1 - churn, churn])

    def read(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return raw rows as the pipeline takes them.

        Raises:
            DataError: a column is missing, or a number column contains text.
        """
        _require(rows, self.columns)
        raw = rows[list(self.columns)]
        typed = self._convert(raw) if self.reader is None else self.reader.transform(raw)
        for name, value in (self.fill or {}).items():
            typed[name] = typed[name].where(typed[name].notna(), value)
        return typed

    def _convert(self, raw: pd.DataFrame) -> pd.DataFrame:
        convert = {name: _to_numbers if name in self.numbers else _to_texts for name in self.columns}
        return pd.DataFrame({name: convert[name](raw[name]) for name in self.columns}, index=raw.index)

    def _probability(self, inputs: pd.DataFrame) -> NDArray[np.float64]:
        position = list(self.pipeline.classes_).index(1)
        return np.asarray(self.pipeline.predict_proba(inputs)[:, position], dtype=np.float64)


def is_positive(probability: NDArray[np.float64], threshold: float) -> NDArray[np.bool_]:
    """Tell which probabilities reach the threshold; at 0.5 the answer is no, as with scikit-learn."""
    return probability > HALF if threshold == HALF else probability >= threshold


def _to_frame(rows: Any) -> pd.DataFrame:
    if isinstance(rows, Mapping) and all(value is None or np.isscalar(value) for value in rows.values()):
        rows = [rows]
    return rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)


def _require(rows: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in rows.columns]
    if missing:
        others = [str(name) for name in rows.columns if name not in columns]
        what = f"Missing columns: {', '.join(missing)}."
        step = f"rename or add the columns.{nearest(missing[0], others)}"
        raise DataError(describe(what, "the rows to predict", ", ".join(columns), step))


def _to_numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    """Convert to floats; empty texts and infinite numbers are missing, true and false are 1 and 0."""
    if column.dtype.kind not in "biuf":
        read = [None if _is_empty(value) else _truth(value) for value in column.astype(object)]
        column = pd.Series(read, index=column.index, name=column.name, dtype=object)
        numbers = pd.to_numeric(column, errors="coerce")
        bad = numbers.isna() & column.notna()
        if bad.any():
            what = f"Text in a number column: '{column[bad].iloc[0]}' in column '{column.name}'."
            raise DataError(describe(what, "the rows to predict", "numbers, or nothing for a missing value"))
        column = numbers
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return pd.Series(np.where(np.isinf(values), np.nan, values), index=column.index)


def _to_texts(column: pd.Series[Any]) -> pd.Series[Any]:
    """Convert to texts, NaN where empty. Whole numbers have no point: a hole makes floats of codes."""
    values = [np.nan if _is_empty(value) else _text(value) for value in column.astype(object)]
    return pd.Series(values, index=column.index, dtype=object)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or bool(pd.isna(value))


def _truth(value: Any) -> Any:
    return TRUTH.get(value.strip().lower(), value) if isinstance(value, str) else value


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
