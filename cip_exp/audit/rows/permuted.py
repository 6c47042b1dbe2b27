"""The control: a target that means nothing must not be predictable across the split.

Random numbers are drawn once for each twin, group or stretch of time, so that rows that belong together share
one. A nearest neighbour that predicts them on held-out rows has recognised rows, not learned from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from cip_exp.audit.case import Case, Finding, NotApplicable

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 16
RECOGNISED = 0.1
"""Share of the variance of a meaningless target."""
TRAIN, TEST = 2_000, 400
"""Rows looked at."""


def permuted(case: Case) -> list[Finding] | NotApplicable | None:
    """Suspect a split across which a meaningless target can be predicted."""
    if case.split is None:
        return NotApplicable("there is no split")
    final = case.split.final
    if np.array_equal(final.train, final.test) or not len(final.test) or not case.X.shape[1]:
        return NotApplicable("the split has one side, or there is no column")
    rng = np.random.default_rng(case.seed)
    train, test = _some(final.train, TRAIN, rng), _some(final.test, TEST, rng)
    nearest = _nearest(case, train, test)
    drawn = {word: _draw(case, word, rng) for word in ("twin", "group", "time")}
    shares = {
        w: _recognised(values, train[nearest], test) for w, values in drawn.items() if values is not None
    }
    word, share = max(shares.items(), key=lambda item: item[1])
    if share < RECOGNISED:
        return None
    text = f"random numbers, one for each {word}, are predicted on held-out rows: R² {share:.2f}"
    return [Finding("permuted", "suspect", (), text, {"r2": share})]


def _some(rows: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rows if len(rows) <= most else rng.choice(rows, most, replace=False)


def _nearest(case: Case, train: NDArray[np.int64], test: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each test row the position in `train` of the row most like it, by ranks of all columns."""
    from cip_exp.audit.column_view import to_number

    rows = np.concatenate([train, test])
    columns = [to_number(case.X.iloc[rows, at])[0] for at in range(case.X.shape[1])]
    values = np.nan_to_num(np.column_stack(columns), nan=-1.0)
    ranks = rankdata(values, axis=0) / len(rows)
    known, asked = ranks[: len(train)], ranks[len(train) :]
    far = (known**2).sum(axis=1) - 2.0 * asked @ known.T
    return np.asarray(far.argmin(axis=1))


def _draw(case: Case, word: str, rng: np.random.Generator) -> NDArray[np.float64] | None:
    """Draw random targets, shape (n, DRAWS), that rows belonging together share."""
    if word == "time" and case.time is not None:
        steps = rng.normal(size=(len(case.time), DRAWS)).cumsum(axis=0)
        return np.asarray(steps[rankdata(case.time, method="dense").astype(np.int64) - 1])
    number = case.groups if word == "group" else case.copies if word == "twin" else None
    if number is None:
        return None
    return np.asarray(rng.normal(size=(int(number.max()) + 1, DRAWS))[number])


def _recognised(drawn: NDArray[np.float64], neighbour: NDArray[np.int64], test: NDArray[np.int64]) -> float:
    """Return the mean R² of the neighbours' values on the test rows."""
    truth, predicted = drawn[test], drawn[neighbour]
    spread = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    return float((1.0 - ((truth - predicted) ** 2).sum(axis=0) / np.maximum(spread, 1e-12)).mean())
