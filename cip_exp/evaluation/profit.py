"""The profit of a retention campaign: which customers to contact, from which probability of churn on.

Profit is given for each customer of the table, contacted or not. A contact costs `contact_cost`; of the
contacted churners a share `success_rate` stays, and each of those is worth `value_kept`. This is the campaign
profit of Neslin et al. (2006), as maximised by Verbeke et al. (2012), with the cost of the offer included in
the cost of the contact. All customers have the same value: where values differ much, the likeliest churners
are not the ones to contact first (Lemmens & Gupta 2020).
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

NO_CONTACT = float("inf")
"""The threshold at which no customer is contacted."""


@dataclass(frozen=True)
class CampaignTerms:
    """Costs and gains of a campaign, all amounts in one currency."""

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
        """The probability of churn from which a contact pays, if probabilities are calibrated."""
        return self.contact_cost / self.gain if self.gain > 0 else NO_CONTACT


@dataclass(frozen=True, eq=False)
class ProfitCurve:
    """Profit against the share of customers contacted, the likeliest churners first; arrays of one length."""

    share: Array
    """Share contacted, from 0 to 1; customers of equal probability form one step."""
    threshold: Array
    """The lowest probability that is contacted."""
    profit: Array
    """For each customer of the table, without the limit of the capacity."""


@dataclass(frozen=True, eq=False)
class ExpectedProfit:
    """Profit on customers that were used to choose neither the model nor the threshold."""

    folds: Array
    """Profit per customer in each fold, at the threshold chosen on the other folds."""
    thresholds: Array
    """Of each fold."""
    threshold: float
    """Chosen on all predictions of the first replicate: the threshold to use on new customers."""
    contact_all: float
    """Profit per customer of contacting random customers, as many as capacity allows."""


def profit(y: Array, p: Array, threshold: float, terms: CampaignTerms) -> float:
    """Return the profit per customer of contacting those with `p >= threshold`, the likeliest first.

    Where capacity ends among customers of equal probability, they count in part. 0 without customers.
    """
    counts, hits, _ = ranking_steps(y, p)
    reached = min(float(np.sum(p >= threshold)), _max_contacts(len(y), terms))
    return float(_profit_at(np.array([reached]), counts, hits, terms)[0])


def profit_curve(y: Array, p: Array, terms: CampaignTerms) -> ProfitCurve:
    """Return profit against the share contacted.

    Args:
        y: 1 for churners, shape (n,).
        p: probability of churn, shape (n,).
        terms: costs and gains of the campaign.
    """
    counts, hits, thresholds = ranking_steps(y, p)
    return ProfitCurve(counts / max(len(y), 1), thresholds, _profit_at(counts, counts, hits, terms))


def best_threshold(y: Array, p: Array, terms: CampaignTerms) -> float:
    """Return the threshold of the greatest profit within capacity; of equal ones, that of fewest contacts.

    It lies halfway to the next lower probability, at 0 where all are contacted; it is `NO_CONTACT` where no
    contact pays.
    """
    counts, hits, thresholds = ranking_steps(y, p)
    reached = np.minimum(counts, _max_contacts(len(y), terms))
    return float(thresholds[np.argmax(_profit_at(reached, counts, hits, terms))])


def cross_fitted_profit(
    y: Array, p: Array, folds: NDArray[np.int64], terms: CampaignTerms, *, forward: bool = False
) -> tuple[Array, Array]:
    """Return the profit and the threshold of each fold; the threshold is chosen on the other folds only.

    Args:
        y: 1 for churners, shape (n,).
        p: out-of-fold probability of churn, shape (n,).
        folds: the fold that held each row out, shape (n,).
        terms: costs and gains of the campaign.
        forward: folds follow in time, so that a threshold is chosen on earlier folds only. The first fold has
            no earlier one: its threshold is the break-even probability.
    """
    profits, thresholds = [], []
    for fold in np.unique(folds):
        others = folds < fold if forward else folds != fold
        chosen = best_threshold(y[others], p[others], terms) if others.any() else terms.break_even
        own = folds == fold
        profits.append(profit(y[own], p[own], chosen, terms))
        thresholds.append(chosen)
    return np.array(profits), np.array(thresholds)


def expected_profit(
    oof: Array, folds: Sequence[Fold], terms: CampaignTerms, *, forward: bool = False
) -> ExpectedProfit:
    """Return the profit of a model's out-of-fold predictions, fold by fold.

    Args:
        oof: `Evaluation.oof`, shape (replicates, n); NaN where a row was never held out.
        folds: those that were scored. Where folds are repeated, the first repeat divides the rows, since the
            predictions of all repeats are averaged.
        terms: costs and gains of the campaign.
        forward: see `cross_fitted_profit`.
    """
    parts, first = [], None
    for replicate in range(len(oof)):
        y, number = held_out([fold for fold in folds if fold.replicate == replicate], oof.shape[1])
        kept = (number >= 0) & ~np.isnan(oof[replicate])
        if not kept.any():
            continue
        y, p = y[kept], oof[replicate][kept]
        parts.append(cross_fitted_profit(y, p, number[kept], terms, forward=forward))
        first = first or (best_threshold(y, p, terms), _random_contacts(y, terms))
    if first is None:
        return ExpectedProfit(np.array([]), np.array([]), float("nan"), float("nan"))
    profits, thresholds = (np.concatenate(each) for each in zip(*parts, strict=True))
    return ExpectedProfit(profits, thresholds, *first)


def held_out(folds: Sequence[Fold], n: int) -> tuple[Array, NDArray[np.int64]]:
    """Return each row's label where it was first held out, and that fold; −1 for rows that never were."""
    y, number = np.full(n, np.nan), np.full(n, -1, dtype=np.int64)
    for fold in reversed(folds):
        if fold.y_test is not None:
            y[fold.test], number[fold.test] = fold.y_test, fold.number
    return y, number


def _random_contacts(y: Array, terms: CampaignTerms) -> float:
    """Return the profit per customer of contacting random customers up to capacity."""
    share = _max_contacts(len(y), terms) / len(y)
    return share * (float(np.mean(y == 1)) * terms.gain - terms.contact_cost)


def _max_contacts(n: int, terms: CampaignTerms) -> float:
    """Return how many of n customers can be contacted, rounded down."""
    return float(np.floor(terms.capacity * n + 1e-9))


def ranking_steps(y: Array, p: Array) -> tuple[Array, Array, Array]:
    """Return, for each distinct probability, customers and churners at or above it, and its threshold.

    The first entry is for no customer.
    """
    order = np.argsort(-p, kind="stable")
    ranked = p[order]
    last = np.r_[np.diff(ranked) != 0, True] if len(p) else np.array([], dtype=bool)
    values, hits = ranked[last], np.cumsum(y[order] == 1)[last]
    halfway = (values[:-1] + values[1:]) / 2
    # Between adjacent floats there is no number.
    between = np.where(halfway > values[1:], halfway, values[:-1])
    all_contacted = np.zeros(min(len(values), 1))
    counts = np.flatnonzero(last) + 1.0
    return np.r_[0.0, counts], np.r_[0.0, hits], np.r_[NO_CONTACT, between, all_contacted]


def _profit_at(reached: Array, counts: Array, hits: Array, terms: CampaignTerms) -> Array:
    """Return the profit per customer when the first `reached` of the ranking are contacted."""
    found = np.interp(reached, counts, hits)
    earned: Array = (found * terms.gain - reached * terms.contact_cost) / max(counts[-1], 1.0)
    return earned
