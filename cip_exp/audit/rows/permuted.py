"""Control with a random target: it must not be predictable on held-out rows.

Random numbers are drawn once for all twins of a row, for each group, or as a random walk over time, so that
rows that belong together share a number. Where the nearest training row predicts the numbers of held-out
rows, the split separates rows that belong together, and a model can recognise them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from cip_exp.audit.case import Case, Finding, NotApplicable

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 16
MIN_R2 = 0.1
"""From this R² on, the random target counts as predicted."""
TRAIN_ROWS, TEST_ROWS = 2_000, 400
"""The most rows of either side that are used."""


def permuted(case: Case) -> list[Finding] | NotApplicable | None:
    """Report a split across which a random target can be predicted as `suspect`.

    The nearest training row, by ranks of all columns, predicts 16 random targets with a mean R² of at least
    0.1. Not applicable without a split of two sides, or without a column.
    """
    if case.split is None:
        return NotApplicable("there is no split")
    final = case.split.final
    if np.array_equal(final.train, final.test) or not len(final.test) or not case.X.shape[1]:
        return NotApplicable("the split has one side, or there is no column")
    rng = np.random.default_rng(case.seed)
    train, test = _sample(final.train, TRAIN_ROWS, rng), _sample(final.test, TEST_ROWS, rng)
    nearest = _nearest(case, train, test)
    drawn = {unit: _draw(case, unit, rng) for unit in ("set of twins", "group", "date")}
    scores = {unit: _r2(values, train[nearest], test) for unit, values in drawn.items() if values is not None}
    unit, r2 = max(scores.items(), key=lambda item: item[1])
    if r2 < MIN_R2:
        return None
    text = f"random numbers, one for each {unit}, can be predicted on held-out rows: R² {r2:.2f}"
    return [Finding("permuted", "suspect", (), text, {"r2": r2})]


def _sample(rows: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rows if len(rows) <= most else rng.choice(rows, most, replace=False)


def _nearest(case: Case, train: NDArray[np.int64], test: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each test row the position in `train` of the nearest row, by ranks of all columns."""
    from cip_exp.audit.column_view import to_number

    rows = np.concatenate([train, test])
    columns = [to_number(case.X.iloc[rows, at])[0] for at in range(case.X.shape[1])]
    values = np.nan_to_num(np.column_stack(columns), nan=-1.0)
    ranks = rankdata(values, axis=0) / len(rows)
    known, new = ranks[: len(train)], ranks[len(train) :]
    # The squared distance less a term that is the same for all training rows.
    distance = (known**2).sum(axis=1) - 2.0 * new @ known.T
    return np.asarray(distance.argmin(axis=1))


def _draw(case: Case, unit: str, rng: np.random.Generator) -> NDArray[np.float64] | None:
    """Draw random targets that all rows of a unit share, shape (n, DRAWS); None without such units."""
    if unit == "date" and case.time is not None:
        steps = rng.normal(size=(len(case.time), DRAWS)).cumsum(axis=0)
        return np.asarray(steps[rankdata(case.time, method="dense").astype(np.int64) - 1])
    number = case.groups if unit == "group" else case.copies if unit == "set of twins" else None
    if number is None:
        return None
    return np.asarray(rng.normal(size=(int(number.max()) + 1, DRAWS))[number])


def _r2(drawn: NDArray[np.float64], neighbour: NDArray[np.int64], test: NDArray[np.int64]) -> float:
    """Return the mean R² of the neighbours' values as predictions of the test rows."""
    truth, predicted = drawn[test], drawn[neighbour]
    spread = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    return float((1.0 - ((truth - predicted) ** 2).sum(axis=0) / np.maximum(spread, 1e-12)).mean())
