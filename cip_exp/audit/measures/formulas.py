"""Candidate formulas that may give the target exactly, screened by how well they fit."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from cip_exp.audit.measures.rounding import Interval, unit_factor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Form = Literal["sum", "log", "exp", "power"]

SCREEN_ROWS = 300
SCREEN_R2 = 0.995
"""The minimum R² of a linear candidate: an exact formula leaves only the rounding unexplained."""
BEST = 6
"""The most candidates of each form."""
MOST_TRIPLES = 30
"""Formulas of three columns are tried with at most this many columns."""


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula of one to three columns.

    `sum`: constant + Σ weight × column; `log`: the same sum of the columns' logarithms; `exp`: e to the power
    of such a sum; `power`: constant × Π column ** weight.
    """

    form: Form
    columns: tuple[int, ...]
    weights: tuple[float, ...]
    constant: float

    def image(self, operands: Sequence[Interval]) -> Interval:
        """Return the formula's value on every row, with the half-width that follows from rounded operands."""
        if self.form != "power":
            terms = [log_interval(part) for part in operands] if self.form == "log" else operands
            parts = [w * part.value for w, part in zip(self.weights, terms, strict=True)]
            halves = [abs(w) * part.half for w, part in zip(self.weights, terms, strict=True)]
            value, half = self.constant + np.sum(parts, axis=0), np.sum(halves, axis=0)
            if self.form == "exp":
                return Interval(np.exp(value), np.exp(value) * np.expm1(half))
            return Interval(value, half)
        return self._image_of_power(operands)

    def _image_of_power(self, operands: Sequence[Interval]) -> Interval:
        value = np.full(operands[0].value.shape, self.constant)
        size, relative = np.abs(value), np.zeros_like(value)
        with np.errstate(all="ignore"):
            for w, part in zip(self.weights, operands, strict=True):
                least = np.maximum(np.abs(part.value), part.half)
                value, size = value * part.value**w, size * least**w
                relative = relative + abs(w) * part.half / least
        return Interval(np.where(np.isfinite(value), value, np.nan), size * relative)

    def solve(self, y: Floats, operands: Sequence[Floats], at: int) -> Floats:
        """Return the values of operand number `at` that the target and the other operands imply."""
        others = [one for one in range(len(operands)) if one != at]
        weight = self.weights[at]
        with np.errstate(all="ignore"):
            if self.form != "power":
                terms = [np.log(part) for part in operands] if self.form == "log" else operands
                rest = self.constant + sum((self.weights[one] * terms[one] for one in others), 0.0)
                solved = ((np.log(y) if self.form == "exp" else y) - rest) / weight
                return np.asarray(np.exp(solved) if self.form == "log" else solved)
            known = self.constant * np.prod([operands[one] ** self.weights[one] for one in others], axis=0)
            return np.asarray((y / known) ** (1.0 / weight))

    def text(self, names: Sequence[str]) -> str:
        """Return the formula in words: `12 × a^2 / b`."""
        if self.form != "power":
            terms = [f"log({name})" for name in names] if self.form == "log" else names
            parts = [_times(w, name) for w, name in zip(self.weights, terms, strict=True)]
            tail = [] if abs(self.constant) < 1e-9 else [f"{self.constant:.4g}"]
            total = " + ".join([*parts, *tail]).replace("+ -", "- ")
            return f"exp({total})" if self.form == "exp" else total
        top = [_power(w, name) for w, name in zip(self.weights, names, strict=True) if w > 0]
        low = [_power(-w, name) for w, name in zip(self.weights, names, strict=True) if w < 0]
        head = ([] if abs(self.constant - 1.0) < 1e-9 else [f"{self.constant:.4g}"]) + top
        return " × ".join(head or ["1"]) + "".join(f" / {name}" for name in low)


def _times(weight: float, name: str) -> str:
    if abs(abs(weight) - 1.0) < 1e-6:
        return name if weight > 0 else f"-{name}"
    return f"{weight:.4g} × {name}"


def _power(weight: float, name: str) -> str:
    return name if abs(weight - 1.0) < 1e-6 else f"{name}^{weight:.3g}"


def log_interval(a: Interval) -> Interval:
    """Return the logarithm of an interval; NaN where the interval reaches zero."""
    low = a.value - a.half
    safe = np.where(low > 0, low, 1.0)
    return Interval(np.where(low > 0, np.log(np.where(low > 0, a.value, 1.0)), np.nan), a.half / safe)


def pair_formulas(y: Interval, columns: Sequence[Interval], at: Sequence[int]) -> list[Formula]:
    """Return products and ratios of one or two columns, times a constant, that may give the target.

    A candidate holds on at least half of a sample of the rows. The best come first.
    """
    rows = _sample_rows(len(y.value))
    target, target_half = y.value[rows, None], y.half[rows, None]
    values = np.column_stack([column.value[rows] for column in columns])
    halves = np.column_stack([column.half[rows] for column in columns])
    least = np.maximum(np.abs(values), halves)
    relative = halves / np.maximum(least, 1e-300)
    found: list[tuple[float, Formula]] = []
    for first, second, weights in _powers(values.shape[1]):
        a, b = weights
        with np.errstate(all="ignore"):
            image = values[:, first] ** a * (values[:, second] ** b if b else 1.0)
            factor = unit_factor(target, image)
            width = np.abs(factor) * least[:, first] ** a * (least[:, second] ** b if b else 1.0)
            width = width * (relative[:, first] + (relative[:, second] if b else 0.0))
            holds = (np.abs(target - factor * image) <= target_half + 1.01 * width).mean(axis=0)
        for one in np.argsort(-holds, kind="stable")[:BEST]:
            if holds[one] >= 0.5:
                used = (at[first[one]], at[second[one]]) if b else (at[first[one]],)
                formula = Formula("power", used, weights[: len(used)], float(factor[one]))
                found.append((float(holds[one]), formula))
    return [formula for _, formula in sorted(found, key=lambda item: -item[0])]


def _powers(p: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64], tuple[float, float]]]:
    """List index pairs with their exponents: c, 1/c, a·b, a/b, b/a."""
    every = np.arange(p)
    first, second = np.triu_indices(p, 1)
    forms = [(every, every, (1.0, 0.0)), (every, every, (-1.0, 0.0))]
    if len(first):
        forms += [(first, second, (1.0, 1.0)), (first, second, (1.0, -1.0)), (second, first, (1.0, -1.0))]
    return forms


def linear_formulas(y: Floats, values: Floats, at: Sequence[int], form: Form, most: int) -> list[Formula]:
    """Return the weighted sums of one to `most` columns with the highest R², the fewest columns first.

    `y` and `values`, shapes (m,) and (m, p), are logarithms where the form has them.
    """
    known = np.isfinite(y) & np.isfinite(values).all(axis=1)
    if known.sum() < 30:
        return []
    spread = values[known].std(axis=0)
    use = np.flatnonzero(spread > 0)
    Z = (values[known][:, use] - values[known][:, use].mean(axis=0)) / spread[use]
    centred = y[known] - y[known].mean()
    gram, cross = Z.T @ Z / len(Z), Z.T @ centred / len(Z)
    found: list[tuple[int, float, Formula]] = []
    for size in range(1, most + 1):
        pool = range(len(use)) if size < 3 else range(min(len(use), MOST_TRIPLES))
        chosen = np.array(list(combinations(pool, size)), dtype=np.int64).reshape(-1, size)
        for one, r2 in _best_combinations(gram, cross, chosen, float(centred.var())):
            formula = _fit(y[known], values[known], use[chosen[one]], at, form)
            # Some power fits any smooth curve well. A power that somebody computed is a multiple of 1/4.
            if form != "power" or all(weight * 4 == round(weight * 4) for weight in formula.weights):
                found.append((size, -r2, formula))
    return [formula for _, _, formula in sorted(found, key=lambda item: item[:2])]


def _best_combinations(
    gram: Floats, cross: Floats, chosen: NDArray[np.int64], variance: float
) -> list[tuple[int, float]]:
    """Return positions in `chosen` and R² of the best combinations, from the columns' correlations alone."""
    if not len(chosen):
        return []
    inside = gram[chosen[:, :, None], chosen[:, None, :]] + 1e-10 * np.eye(chosen.shape[1])
    right = cross[chosen]
    weights = np.linalg.solve(inside, right[:, :, None])[:, :, 0]
    r2 = (weights * right).sum(axis=1) / max(variance, 1e-300)
    best = np.argsort(-r2, kind="stable")[:BEST]
    return [(int(one), float(r2[one])) for one in best if r2[one] >= SCREEN_R2]


def _fit(y: Floats, values: Floats, use: NDArray[np.int64], at: Sequence[int], form: Form) -> Formula:
    design = np.column_stack([np.ones(len(y)), values[:, use]])
    solved = np.linalg.lstsq(design, y, rcond=None)[0]
    columns = tuple(at[int(one)] for one in use)
    weights = tuple(float(weight) for weight in _round_to_quarters(np.asarray(solved[1:], dtype=float)))
    start = float(np.median(y - values[:, use] @ np.array(weights)))
    return Formula(form, columns, weights, float(np.exp(start)) if form == "power" else start)


def _round_to_quarters(weights: Floats) -> Floats:
    """Round weights within 0.5 % of a multiple of 1/4 to it: rounding of the data moves a weight that far."""
    near = np.rint(weights * 4) / 4
    return np.where((near != 0) & (np.abs(weights - near) <= 0.005 * np.abs(near)), near, weights)


def _sample_rows(n: int) -> NDArray[np.int64]:
    return (
        np.arange(n) if n <= SCREEN_ROWS else np.random.default_rng(n).choice(n, SCREEN_ROWS, replace=False)
    )
