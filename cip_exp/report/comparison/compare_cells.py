"""Compare the cells of one sweep, or of two sweeps or runs, with corrected statistics."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd

from cip_exp.errors import DataError, describe
from cip_exp.evaluation import statistics
from cip_exp.report.comparison.arms import find_arms
from cip_exp.report.comparison.pairing import ScoreDifference, compare_arms

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.report.comparison.arms import Arm

    Pair = tuple[Arm, Arm]

ROPE = 0.01
"""The largest difference that does not matter, in the metric's own unit."""
CREDIBLE = 0.95
"""Posterior probability from which two cells are called practically equal."""
COLUMNS = (
    "first", "second", "metric", "paired", "seeds", "folds", "first_mean", "second_mean", "difference", "se",
    "dof", "ci_low", "ci_high", "p", "p_holm", "p_worse", "p_equal", "p_better", "detectable",
    "first_verdict", "second_verdict", "note", "reason", "sentence",
)  # fmt: skip


def compare_cells(
    sweep: str | Path, other: str | Path | None = None, *, rope: float = ROPE, unpaired: bool = False
) -> pd.DataFrame:
    """Return one row per pair: all cells of one sweep, or those of `sweep` with those of `other`.

    Of two sweeps, cells of the same name are compared; where no name is in both, each with each. `difference`
    is how much better the second is, in the metric's own direction. `p` is from Nadeau and Bengio's corrected
    t-test, and `p_holm` is also corrected for the number of pairs. `p_worse`, `p_equal` and `p_better` are
    probabilities of the Bayesian correlated t-test for the second, `p_equal` within ±`rope`. `detectable` is
    the smallest true difference that would be found in four of five such comparisons of as many pairs. A
    pair without shared folds has a `reason` and no figures; with `unpaired` it is compared as independent,
    where its metric is the same.

    Args:
        sweep: A folder, a name, a run id of a sweep, of a single run or of one trial, or `latest`.
        other: A second one.
        rope: Region of practical equivalence, in the metric's unit.
        unpaired: Compare pairs without shared folds as independent.

    Raises:
        DataError: nothing is found, or there are fewer than two cells.
    """
    pairs = _within(sweep) if other is None else _between(sweep, other)
    found = [compare_arms(first, second, unpaired=unpaired) for first, second in pairs]
    done = [each for each in found if isinstance(each, ScoreDifference)]
    adjusted = iter(statistics.holm([each.comparison.p for each in done]).tolist())
    rows = [
        {**_names(pair), "reason": each, "sentence": f"not compared: {each}"}
        if isinstance(each, str)
        else {**_names(pair), **_figures(pair, each, next(adjusted), len(done), rope)}
        for pair, each in zip(pairs, found, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _within(sweep: str | Path) -> list[Pair]:
    arms = find_arms(sweep)
    if len(arms) < 2:
        what = f"'{sweep}' has one cell, {arms[0].name}, and nothing to compare it with"
        raise DataError(describe(what, "the command line", "a sweep of several cells, or two sweeps or runs"))
    return list(combinations(arms, 2))


def _between(sweep: str | Path, other: str | Path) -> list[Pair]:
    """Pair cells of the same name, or each with each where no name is in both; A or B precedes each name."""
    mine, theirs = find_arms(sweep), find_arms(other)
    names = {arm.name for arm in mine} & {arm.name for arm in theirs}
    pairs = [(a, b) for a in mine for b in theirs if not names or a.name == b.name in names]
    if any(a.first == b.first for a, b in pairs):
        what = f"'{sweep}' and '{other}' hold the same trials"
        raise DataError(describe(what, "the command line", "two sweeps or runs, or one sweep"))
    return [(_prefixed(a, "A"), _prefixed(b, "B")) for a, b in pairs]


def _prefixed(arm: Arm, side: str) -> Arm:
    return replace(arm, name=f"{side} {arm.name}")


def _names(pair: Pair) -> dict[str, Any]:
    first, second = pair
    return {
        "first": first.name, "second": second.name, "metric": first.first.primary,
        "first_verdict": first.verdict, "second_verdict": second.verdict, "note": "", "reason": "",
    }  # fmt: skip


def _figures(pair: Pair, each: ScoreDifference, p_holm: float, tests: int, rope: float) -> dict[str, Any]:
    found = each.comparison
    worse, equal, better = statistics.posterior(found, rope)
    row = {
        "paired": each.paired, "seeds": each.seeds, "folds": found.n, "first_mean": each.first,
        "second_mean": each.second, "difference": found.difference, "se": found.se, "dof": found.dof,
        "ci_low": found.low, "ci_high": found.high, "p": found.p, "p_holm": p_holm, "p_worse": worse,
        "p_equal": equal, "p_better": better, "detectable": found.detectable_among(tests), "note": each.note,
    }  # fmt: skip
    text = sentence(row | _names(pair), rope) + _leak_warning(pair)
    return row | {"sentence": text if each.paired else f"compared as independent: {text}"}


def sentence(row: dict[str, Any], rope: float) -> str:
    """Return the result of one comparison as a sentence."""
    size, least = abs(row["difference"]), _amount(row["detectable"])
    if row["folds"] < 2:
        return "fewer than two independent folds, so a difference cannot be tested"
    if row["se"] == 0:
        return "they score the same on every fold" if size == 0 else f"every fold differs by {size:.4g}"
    detectable = f"the smallest that 4 of 5 such comparisons would find is {least}"
    if row["p_holm"] > 1 - statistics.LEVEL or pd.isna(row["p_holm"]):
        if row["p_equal"] >= CREDIBLE:
            return f"practically equal, within ±{rope:g}; no difference was found, and {detectable}"
        return f"no difference was found; {detectable}"
    better = row["second"] if row["difference"] > 0 else row["first"]
    low, high = sorted((abs(row["ci_low"]), abs(row["ci_high"])))
    text = f"{better} is better by {_amount(size)} ({_amount(low)} to {_amount(high)})"
    if row["p_equal"] >= CREDIBLE:
        return f"{text}, too small to matter: it is within ±{rope:g}"
    return f"{text}; a difference smaller than {least} could have been missed"


def _leak_warning(pair: Pair) -> str:
    """Return which side's score is too high because of a leak; empty where neither is."""
    leaky = [arm.name for arm in pair if "leaky" in arm.verdict]
    return f"; a leak affects the score of {' and of '.join(leaky)}" if leaky else ""


def _amount(value: float) -> str:
    """Return a difference with four decimals below 0.01, else three."""
    return f"{value:.4f}" if value < 0.01 else f"{value:.3f}"


def refusals(frame: pd.DataFrame) -> list[str]:
    """Return each reason why pairs were not compared, with the number of pairs, the most frequent first."""
    reasons = frame.loc[frame["reason"] != "", "reason"].value_counts()
    return [f"{n} {'pair' if n == 1 else 'pairs'}: {reason}" for reason, n in reasons.items()]
