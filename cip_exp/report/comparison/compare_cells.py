"""Cells of one sweep with each other, or those of two sweeps or runs: corrected for folds and for number."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd

from cip_exp.errors import DataError, describe
from cip_exp.evaluation import statistics
from cip_exp.report.comparison.arms import find_arms
from cip_exp.report.comparison.pairing import ScoreDifference
from cip_exp.report.comparison.pairing import compare as compare_arms

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.report.comparison.arms import Arm

    Pair = tuple[Arm, Arm]

ROPE = 0.01
"""In the metric's own unit: what a difference has to exceed to matter."""
CREDIBLE = 0.95
COLUMNS = (
    "first", "second", "metric", "paired", "seeds", "folds", "first_mean", "second_mean", "difference", "se",
    "dof", "ci_low", "ci_high", "p", "p_holm", "p_worse", "p_equal", "p_better", "detectable",
    "first_verdict", "second_verdict", "note", "reason", "sentence",
)  # fmt: skip


def compare_cells(
    sweep: str | Path, other: str | Path | None = None, *, rope: float = ROPE, unpaired: bool = False
) -> pd.DataFrame:
    """Return a row a pair: all cells of one sweep with each other, or those of `sweep` with those of `other`.

    Of two sweeps, cells of the same name are compared; where no name is in both, each with each. `difference`
    is how much better the second is, in the metric's own direction; `p` is Nadeau and Bengio's corrected t,
    `p_holm` corrected for the number of pairs as well; `p_worse`, `p_equal` and `p_better` are the Bayesian
    correlated t's for the second, `p_equal` within ±`rope`; `detectable` is the least true difference that
    would have been found four times out of five, of so many pairs. A pair without shared folds has a `reason`
    and no figures; with `unpaired` it is compared as independent where that means something.

    Args:
        sweep: A folder, a name, a run id of a sweep, of a single run or of one trial, or `latest`.
        other: Another one.
        rope: Region of practical equivalence, in the metric's unit.
        unpaired: Compare what shares no folds, as independent.

    Raises:
        DataError: nothing is found, or there are not two cells.
    """
    pairs = _within(sweep) if other is None else _between(sweep, other)
    found = [compare_arms(first, second, unpaired=unpaired) for first, second in pairs]
    done = [each for each in found if isinstance(each, ScoreDifference)]
    adjusted = iter(statistics.holm([each.found.p for each in done]).tolist())
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
    """Pair cells of the same name; each with each where no name is in both. Names get their side."""
    mine, theirs = find_arms(sweep), find_arms(other)
    names = {arm.name for arm in mine} & {arm.name for arm in theirs}
    pairs = [(a, b) for a in mine for b in theirs if not names or a.name == b.name in names]
    if any(a.first == b.first for a, b in pairs):
        what = f"'{sweep}' and '{other}' hold the same trials"
        raise DataError(describe(what, "the command line", "two sweeps or runs, or one sweep"))
    return [(_sided(a, "A"), _sided(b, "B")) for a, b in pairs]


def _sided(arm: Arm, side: str) -> Arm:
    return replace(arm, name=f"{side} {arm.name}")


def _names(pair: Pair) -> dict[str, Any]:
    first, second = pair
    return {
        "first": first.name, "second": second.name, "metric": first.first.primary,
        "first_verdict": first.verdict, "second_verdict": second.verdict, "note": "", "reason": "",
    }  # fmt: skip


def _figures(pair: Pair, each: ScoreDifference, p_holm: float, tests: int, rope: float) -> dict[str, Any]:
    found = each.found
    worse, equal, better = statistics.posterior(found, rope)
    row = {
        "paired": each.paired, "seeds": each.seeds, "folds": found.n, "first_mean": each.first,
        "second_mean": each.second, "difference": found.difference, "se": found.se, "dof": found.dof,
        "ci_low": found.low, "ci_high": found.high, "p": found.p, "p_holm": p_holm, "p_worse": worse,
        "p_equal": equal, "p_better": better, "detectable": found.detectable_among(tests), "note": each.note,
    }  # fmt: skip
    words = sentence(row | _names(pair), rope) + _doubt(pair)
    return row | {"sentence": words if each.paired else f"as if independent: {words}"}


def sentence(row: dict[str, Any], rope: float) -> str:
    """Say one comparison in words."""
    size, least = abs(row["difference"]), _amount(row["detectable"])
    if row["folds"] < 2:
        return "there are not two independent folds, so nothing can be said of a difference"
    if row["se"] == 0:
        return "they score the same on every fold" if size == 0 else f"every fold differs by {size:.4g}"
    missed = f"one smaller than {least} could not have been, four times out of five"
    if row["p_holm"] > 1 - statistics.LEVEL or pd.isna(row["p_holm"]):
        if row["p_equal"] >= CREDIBLE:
            return f"practically equal, within ±{rope:g}; no difference was found, and {missed}"
        return f"no difference was found; {missed}"
    better = row["second"] if row["difference"] > 0 else row["first"]
    low, high = sorted((abs(row["ci_low"]), abs(row["ci_high"])))
    words = f"{better} is better by {_amount(size)} ({_amount(low)} to {_amount(high)})"
    if row["p_equal"] >= CREDIBLE:
        return f"{words}, too little to matter: it lies within ±{rope:g}"
    return f"{words}; a difference smaller than {least} could have been missed"


def _doubt(pair: Pair) -> str:
    """Say which side's score is no evidence."""
    doubted = [arm.name for arm in pair if "leaky" in arm.verdict]
    return f"; the score of {' and of '.join(doubted)} is leaky" if doubted else ""


def _amount(value: float) -> str:
    """Write a difference with two digits that count."""
    return f"{value:.4f}" if value < 0.01 else f"{value:.3f}"


def refusals(frame: pd.DataFrame) -> list[str]:
    """Return each reason for which pairs were not compared, with their number, the most frequent first."""
    reasons = frame.loc[frame["reason"] != "", "reason"].value_counts()
    return [f"{n} {'pair' if n == 1 else 'pairs'}: {reason}" for reason, n in reasons.items()]
