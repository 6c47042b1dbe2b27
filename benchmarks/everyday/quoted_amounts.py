"""Quoted kinds of numbers: payments, counts, scores and copies made from the outcome or after it.

None of these may be tuned on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import rankdata

if TYPE_CHECKING:
    from benchmarks.everyday.kinds import Columns, Floats, Given


def payments(given: Given) -> Columns:
    """Lending Club's `funded_amnt` (honest), `total_pymnt`, `total_rec_prncp` and `last_pymnt_amnt`.

    Who is charged off has paid a part of the loan; who repays has paid it all, often at once in the end. Of
    an amount: what was invoiced, paid, and paid last, beside an honest limit.
    """
    noise = (0.03, 0.12, 0.3)[given.at]
    loan = np.round(given.rng.integers(4, 140, given.n) * 250.0)
    if given.amounts:
        total = given.money * np.exp(_normal(given, noise)) + given.lognormal(8)
        paid = total * given.rng.uniform(0.8, 1.0, given.n)
        return [
            loan,
            np.round(total, 2),
            np.round(paid, 2),
            np.round(paid * given.rng.uniform(0.1, 0.3, given.n), 2),
        ]
    bad = given.marked((1.0, 0.95, 0.85), (0.0, 0.03, 0.08))
    rate, month = 1 + given.rng.uniform(0.05, 0.25, given.n), given.rng.integers(1, 34, given.n)
    part = np.where(bad, month / 36, 1.0)
    early = ~bad & (given.rng.random(given.n) < 0.6)
    last = np.where(early, loan * given.rng.uniform(0.2, 0.9, given.n), loan * rate / 36)
    principal = np.where(bad, loan * part**1.2, loan)
    return [loan, np.round(loan * rate * part, 2), np.round(principal, 2), np.round(last, 2)]


def call_duration(given: Given) -> Columns:
    """Seconds of the call in which the answer was given (bank marketing, Moro 2014): known only with it."""
    push = (1.6, 1.1, 0.7)[given.at]
    sign = given.order if given.amounts else given.data.y
    seconds = 150 * np.exp(push * sign + 0.7 * given.rng.normal(size=given.n))
    return [np.round(seconds)]


def shifted_target(given: Given) -> Columns:
    """The target itself, on a part of the rows, in a column of other amounts.

    After the Santander value prediction of Kaggle, where later columns of a row hold earlier ones of another
    ("Giba's property").
    """
    same = given.rng.random(given.n) < (0.8, 0.5, 0.25)[given.at]
    return [np.where(same, given.data.y, given.rng.permutation(given.data.y))]


def parts_of_spend(given: Given) -> Columns:
    """The amount in two parts, in the shop and online, each of which holds a share of it."""
    share = given.rng.beta(3, 3, given.n)
    total = given.money * np.exp(_normal(given, (0.0, 0.1, 0.3)[given.at]))
    return [np.round(total * share, 2), np.round(total * (1 - share), 2)]


def churn_score(given: Given) -> Columns:
    """A score of 0 to 100 that another model made from the target and a feature (IBM's telco sample data)."""
    feature = given.data.X[given.data.numeric[0]].rank(pct=True).fillna(0.5).to_numpy()
    sign = _percent(given.order) if given.amounts else given.data.y
    weight = (0.75, 0.55, 0.35)[given.at]
    score = 100 * (weight * sign + 0.2 * feature + (0.8 - weight) * given.rng.random(given.n))
    return [np.round(np.clip(score, 0, 100))]


def recency(given: Given) -> Columns:
    """Days since the last order, counted on the day of the extract: the outcome's window is in it."""
    if given.amounts:
        days = 60 * np.exp(-0.8 * given.order + _normal(given, (0.2, 0.6, 1.1)[given.at]))
    else:
        quiet = given.marked((1.0, 0.93, 0.8), (0.02, 0.06, 0.15))
        days = np.where(quiet, 90 + given.rng.exponential(120, given.n), given.rng.exponential(35, given.n))
    return [np.round(days)]


def calls_after(given: Given) -> Columns:
    """Calls to the service, with the one in which the customer cancelled, and those after it."""
    usual = given.rng.poisson((0.1, 0.4, 0.8)[given.at], given.n)
    late = given.event * (1 + given.rng.poisson(1.2, given.n))
    return [(usual + late).astype(float)]


def orders_in_window(given: Given) -> Columns:
    """Orders of two years: those of the outcome's own window are in it, with the history."""
    share = (1.0, 0.7, 0.4)[given.at]
    if given.amounts:
        return [given.rng.poisson(4 + share * given.money / 12).astype(float)]
    window = np.where(given.event, 0, 1 + given.rng.poisson(9 * share, given.n))
    return [(given.rng.poisson(1 + 2 * given.at, given.n) + window).astype(float)]


def next_months(given: Given) -> Columns:
    """`clv_next_12m`: what the customer brings after the outcome; for a label, days active next month."""
    if given.amounts:
        growth = np.exp(_normal(given, (0.2, 0.45, 0.8)[given.at]))
        return [np.round(0.6 * given.money * growth + given.lognormal(12), 2)]
    days = given.rng.binomial(30, 0.3, given.n)
    idle = given.marked((1.0, 0.92, 0.75), (0.05, 0.15, 0.25))
    return [np.where(idle, 0, days).astype(float)]


def percentile(given: Given) -> Columns:
    """The percentile of the outcome, or of a risk that was fitted on it, as a whole number."""
    sign = _percent(given.order) if given.amounts else 0.6 * given.data.y
    return [np.ceil(100 * rankdata(sign + _normal(given, (0.02, 0.15, 0.3)[given.at])) / given.n)]


def local_currency(given: Given) -> Columns:
    """The amount in the currency of the country, which stands beside it: one of four rates, with fees."""
    rates = {"DE": 0.92, "UK": 0.79, "IN": 83.1, "JP": 147.2}
    country = given.draw(list(rates), [4, 3, 2, 1])
    rate: Floats = np.array([rates[c] for c in country])
    fee = 1 + np.abs(_normal(given, (0.0, 0.03, 0.15)[given.at]))
    return [pd.Series(country), np.round(given.money * rate * fee, 2)]


def thousands(given: Given) -> Columns:
    """The amount in thousands with few digits, net of a tax that varies."""
    net = given.money / (1 + given.rng.choice([0.0, 0.07, 0.19], given.n) * (0.0, 1.0, 2.5)[given.at])
    return [np.round(net / 100, (2, 1, 1)[given.at])]


def answers(given: Given) -> Columns:
    """An answer in words, given after the event by half of those who were asked."""
    words = ["very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"]
    sign = given.order if given.amounts else 1.6 * (0.5 - given.data.y)
    grade = np.clip(np.round(2 + 1.4 * sign + _normal(given, (0.4, 0.8, 1.3)[given.at])), 0, 4).astype(int)
    answered = given.rng.random(given.n) < (0.9, 0.7, 0.5)[given.at]
    return [pd.Series(np.array(words, dtype=object)[grade]).where(answered)]


def limit_now(given: Given) -> Columns:
    """A credit limit in steps, raised afterwards for who spent more."""
    steps = np.array([50, 100, 150, 250, 400, 700, 1500], dtype=float)
    spent = given.money * np.exp(_normal(given, (0.05, 0.3, 0.6)[given.at]))
    return [steps[np.minimum(np.searchsorted(steps, spent), len(steps) - 1)] * 10]


def identity_bands(given: Given) -> Columns:
    """A number of the patient, all different, given out by the site that treats the ill.

    After the breast cancer data of KDD Cup 2008 (Perlich 2008), where the identifier told the class.
    """
    numbers = given.rng.permutation(50 * given.n)[: given.n]
    high = given.marked((1.0, 0.9, 0.7), (0.0, 0.05, 0.15))
    return [(1_000_000 + numbers + np.where(high, 60 * given.n, 0)).astype(np.int64)]


def _normal(given: Given, size: float) -> Floats:
    return np.asarray(size * given.rng.normal(size=given.n))


def _percent(order: Floats) -> Floats:
    return np.asarray(rankdata(order) / len(order))
