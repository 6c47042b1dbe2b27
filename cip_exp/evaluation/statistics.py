"""Tests of score differences on dependent folds: corrected t, Bayesian correlated t, Holm's correction.

Differences are paired: shape (k,), one for each fold, both models scored on the same rows. k counts different
folds: ten seeds that each shuffle five folds make 50, while ten fits on the same five folds make five
(`report.comparison.pairing` averages them first). More seeds increase k and reduce `1 / k`. They do not
reduce the test ratio in the formulas, which stands for the uncertainty due to the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]


LEVEL = 0.95
Z_95 = 1.96
"""Half the width of a normal 95 % interval, in standard errors."""
POWER = 0.80
NOISE = 1e-12
"""Differences that vary by less are taken as equal: the rest is rounding error of the subtraction."""


@dataclass(frozen=True)
class Comparison:
    """A mean difference with its test and interval; all but `difference` are NaN for fewer than two folds."""

    difference: float
    se: float
    """Standard error, corrected for the overlap of training sets (Nadeau & Bengio 2003)."""
    dof: float
    p: float
    """Two-sided p-value of no difference."""
    low: float
    high: float
    """Ends of the 95 % interval."""
    n: int
    """Number of folds in which both scores are defined."""

    @property
    def detectable(self) -> float:
        """The smallest true difference that a test at 5 % finds with power 0.8 at this standard error."""
        return self.detectable_among(1)

    def detectable_among(self, tests: int) -> float:
        """Return the detectable difference for one of several tests, by Bonferroni's bound on Holm's."""
        return _detectable(self.dof, (1 - LEVEL) / tests) * self.se if self.n > 1 else float("nan")


def corrected_t(differences: ArrayLike, test_ratio: float) -> Comparison:
    """Compare two paired series of fold scores by Nadeau & Bengio's corrected t (2003, formula 9).

    The variance of the mean is (1/k + n_test/n_train) s², with k − 1 degrees of freedom; with repeated folds
    k is the number of all folds (Bouckaert & Frank 2004). Where all folds differ by the same amount the
    variance is zero, and the limit is returned: p = 1 for an amount of zero, p = 0 for any other.

    Args:
        differences: shape (k,); NaN for a fold without a score, which is left out.
        test_ratio: mean of n_test / n_train.
    """
    d = _defined(differences)
    if len(d) < 2:
        return _comparison(_mean(d), float("nan"), 0, len(d))
    se = 0.0 if np.ptp(d) <= NOISE else corrected_se(d, test_ratio)
    return _comparison(_mean(d), se, len(d) - 1, len(d))


def unpaired_t(first: ArrayLike, second: ArrayLike, ratios: tuple[float, float]) -> Comparison:
    """Compare the means of two series that share no folds: second less first, each error corrected.

    Errors are added as those of independent means, with Welch's degrees of freedom. For two series over the
    same rows the result is too cautious, since the same rows are difficult for both.
    """
    a, b = (corrected_t(scores, ratio) for scores, ratio in zip((first, second), ratios, strict=True))
    n, difference = min(a.n, b.n), b.difference - a.difference
    if n < 2:
        return _comparison(difference, float("nan"), 0, n)
    square = a.se**2 + b.se**2
    parts = a.se**4 / a.dof + b.se**4 / b.dof
    return _comparison(difference, square**0.5, square**2 / parts if parts else float(n - 1), n)


def posterior(found: Comparison, rope: float) -> tuple[float, float, float]:
    """Return the probabilities that the true difference is below −rope, within ±rope, and above rope.

    This is the Bayesian correlated t-test. The posterior is Student's t with k − 1 degrees of freedom around
    the mean, of scale² (1/k + ρ/(1−ρ)) s² (Corani & Benavoli 2015, formula 8). With ρ = n_test / n, ρ/(1−ρ)
    is the test ratio, so that the scale is the corrected standard error. NaN for fewer than two folds.
    """
    from scipy.stats import t

    if found.n < 2:
        return (float("nan"),) * 3
    if found.se == 0.0:
        left, right = float(found.difference < -rope), float(found.difference > rope)
    else:
        left = float(t.cdf((-rope - found.difference) / found.se, found.dof))
        right = float(t.sf((rope - found.difference) / found.se, found.dof))
    return left, max(0.0, 1.0 - left - right), right


def holm(p_values: ArrayLike) -> Array:
    """Return p-values adjusted for multiple tests (Holm 1979), in the given order; NaN is not counted."""
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def _defined(differences: ArrayLike) -> Array:
    d = np.asarray(differences, dtype=np.float64).ravel()
    return d[~np.isnan(d)]


def _mean(d: Array) -> float:
    """Return the mean, zero where it is only rounding error; NaN of no values."""
    mean = float(d.mean()) if len(d) else float("nan")
    return 0.0 if abs(mean) <= NOISE else mean


def _comparison(difference: float, se: float, dof: float, n: int) -> Comparison:
    """Return the comparison of a mean difference, with its p-value and its interval."""
    from scipy.stats import t

    if n < 2:
        nan = float("nan")
        return Comparison(difference, nan, 0, nan, nan, nan, n)
    if se == 0.0:
        return Comparison(difference, 0.0, dof, float(difference == 0.0), difference, difference, n)
    half = float(t.ppf(0.5 + LEVEL / 2, dof)) * se
    p = float(2 * t.sf(abs(difference) / se, dof))
    return Comparison(difference, se, dof, p, difference - half, difference + half, n)


@cache
def _detectable(dof: float, level: float) -> float:
    """Return the difference, in standard errors, that is found with probability `POWER` (noncentral t)."""
    from scipy.optimize import brentq
    from scipy.stats import nct, t

    critical = float(t.isf(level / 2, dof))
    # The other tail adds less than 1e-3 to the power.
    return float(brentq(lambda shift: nct.sf(critical, dof, shift) - POWER, 0.0, 4 * critical + 4))


def corrected_se(scores: Array, test_ratio: float) -> float:
    """Return the standard error of a mean over k dependent folds.

    Training sets overlap, so the naive variance s²/k is too small; Nadeau & Bengio (2003) replace 1/k by
    1/k + n_test/n_train. NaN for fewer than two folds.
    """
    k = len(scores)
    if k < 2:
        return float("nan")
    return float(np.sqrt((1 / k + test_ratio) * np.var(scores, ddof=1)))
