"""Churn in money: whom to contact, at which threshold, and what that brings in, a customer of the base.

A contact costs `contact_cost` whoever is contacted; of the churners who are, a share `success_rate` stays,
and each of them is worth `value_kept`. That is the profit of a campaign of Neslin et al. (2006), as maximised
by Verbeke et al. (2012), for an offer whose cost is part of the contact's. It knows one value for everybody:
where values differ much, those who churn most are not those to contact first (Lemmens & Gupta 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cip_exp.records.table import Fold

    Array = NDArray[np.float64]

NOBODY = float("inf")
"""The threshold that contacts nobody."""


@dataclass(frozen=True)
class Terms:
    """What a campaign costs and brings, all amounts in one currency."""

    contact_cost: float
    value_kept: float
    success_rate: float
    capacity: float = 1.0
    """The greatest share of the customers that can be contacted."""

    @property
    def gain(self) -> float:
        """Expected value of contacting a churner, before the cost."""
        return self.success_rate * self.value_kept

    @property
    def break_even(self) -> float:
        """The probability of churn from which a contact pays, if probabilities are what they say."""
        return self.contact_cost / self.gain if self.gain > 0 else NOBODY


@dataclass(frozen=True, eq=False)
class ProfitCurve:
    """What contacting the likeliest churners first brings, from nobody to everybody; arrays of one length."""

    share: Array
    """Of the customers contacted, from 0 to 1; customers of equal probability come together."""
    threshold: Array
    """Least probability that is contacted."""
    profit: Array
    """A customer of the base, without regard to capacity."""


@dataclass(frozen=True, eq=False)
class Expected:
    """Profit on customers that neither the model nor the threshold has seen."""

    folds: Array
    """Profit a customer in each fold, at the threshold chosen on the other folds."""
    thresholds: Array
    """Of each fold."""
    threshold: float
    """Chosen on all predictions of the first replicate: the one to use from now on."""
    contact_all: float
    """Profit a customer of contacting as many as capacity allows, drawn blindly."""


def profit(y: Array, p: Array, threshold: float, terms: Terms) -> float:
    """Return the profit a customer of contacting those with `p >= threshold`, the likeliest first.

    Where capacity ends among customers of equal probability, they count in part. 0 without customers.
    """
    counts, hits, _ = _steps(y, p)
    reached = min(float(np.sum(p >= threshold)), _room(len(y), terms))
    return float(_money(np.array([reached]), counts, hits, terms)[0])


def profit_curve(y: Array, p: Array, terms: Terms) -> ProfitCurve:
    """Return profit against the share contacted.

    Args:
        y: 1 for who churned, shape (n,).
        p: probability of churn, shape (n,).
        terms: of the campaign.
    """
    counts, hits, thresholds = _steps(y, p)
    return ProfitCurve(counts / max(len(y), 1), thresholds, _money(counts, counts, hits, terms))


def best_threshold(y: Array, p: Array, terms: Terms) -> float:
    """Return the threshold of the greatest profit within capacity; of equals the one of fewest contacts.

    It lies halfway to the next lower probability, at 0 for everybody; `NOBODY` where no contact pays.
    """
    counts, hits, thresholds = _steps(y, p)
    reached = np.minimum(counts, _room(len(y), terms))
    return float(thresholds[np.argmax(_money(reached, counts, hits, terms))])


def cross_fitted_profit(
    y: Array, p: Array, folds: NDArray[np.int64], terms: Terms, *, forward: bool = False
) -> tuple[Array, Array]:
    """Return the profit and the threshold of each fold, the threshold chosen on the other folds alone.

    Args:
        y: 1 for who churned, shape (n,).
        p: out-of-fold probability of churn, shape (n,).
        folds: the fold that held each row out, shape (n,).
        terms: of the campaign.
        forward: folds follow in time, so that only earlier ones may choose. The first one, which has none,
            is contacted from the break-even probability on.
    """
    profits, thresholds = [], []
    for fold in np.unique(folds):
        others = folds < fold if forward else folds != fold
        chosen = best_threshold(y[others], p[others], terms) if others.any() else terms.break_even
        own = folds == fold
        profits.append(profit(y[own], p[own], chosen, terms))
        thresholds.append(chosen)
    return np.array(profits), np.array(thresholds)


def expected_profit(oof: Array, folds: Sequence[Fold], terms: Terms, *, forward: bool = False) -> Expected:
    """Return what a model's out-of-fold predictions earn, fold by fold.

    Args:
        oof: `Evaluation.oof`, shape (replicates, n); NaN where a row was never held out.
        folds: those that were scored. Of repeated folds the first repetition divides the rows, since the
            predictions of all of them are averaged.
        terms: of the campaign.
        forward: see `cross_fitted_profit`.
    """
    parts, first = [], None
    for replicate in range(len(oof)):
        y, number = _held_out([fold for fold in folds if fold.replicate == replicate], oof.shape[1])
        kept = (number >= 0) & ~np.isnan(oof[replicate])
        if not kept.any():
            continue
        y, p = y[kept], oof[replicate][kept]
        parts.append(cross_fitted_profit(y, p, number[kept], terms, forward=forward))
        first = first or (best_threshold(y, p, terms), _blind(y, terms))
    if first is None:
        return Expected(np.array([]), np.array([]), float("nan"), float("nan"))
    profits, thresholds = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Expected(profits, thresholds, *first)


def _held_out(folds: Sequence[Fold], n: int) -> tuple[Array, NDArray[np.int64]]:
    """Return each row's label where it was first held out, and that fold; −1 for rows that never were."""
    y, number = np.full(n, np.nan), np.full(n, -1, dtype=np.int64)
    for fold in reversed(folds):
        if fold.y_test is not None:
            y[fold.test], number[fold.test] = fold.y_test, fold.number
    return y, number


def _blind(y: Array, terms: Terms) -> float:
    share = _room(len(y), terms) / len(y)
    return share * (float(np.mean(y == 1)) * terms.gain - terms.contact_cost)


def _room(n: int, terms: Terms) -> float:
    """Return how many of n customers can be contacted; half a customer cannot."""
    return float(np.floor(terms.capacity * n + 1e-9))


def _steps(y: Array, p: Array) -> tuple[Array, Array, Array]:
    """Return customers and churners down to each distinct probability, and its threshold; first nobody."""
    order = np.argsort(-p, kind="stable")
    ranked = p[order]
    last = np.r_[np.diff(ranked) != 0, True] if len(p) else np.array([], dtype=bool)
    values, hits = ranked[last], np.cumsum(y[order] == 1)[last]
    halfway = (values[:-1] + values[1:]) / 2
    between = np.where(halfway > values[1:], halfway, values[:-1])  # neighbouring floats have no half
    everybody = np.zeros(min(len(values), 1))
    counts = np.flatnonzero(last) + 1.0
    return np.r_[0.0, counts], np.r_[0.0, hits], np.r_[NOBODY, between, everybody]


def _money(reached: Array, counts: Array, hits: Array, terms: Terms) -> Array:
    """Return the profit a customer when the first `reached` of the ranking are contacted."""
    found = np.interp(reached, counts, hits)
    earned: Array = (found * terms.gain - reached * terms.contact_cost) / max(counts[-1], 1.0)
    return earned
