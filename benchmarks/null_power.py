"""False wins, power and coverage of the project's comparisons, where the truth is known.

    python -m benchmarks.null_power [--quick] [--comparisons 2000] [--output FILE]

One process, about ten minutes. Every comparison draws new customers (`null_worlds`) and scores two models on
ten seeds of five folds. It calls the functions behind `scripts/compare.py` (`report.comparison.pairing`) and
summary.csv (`report.tables.summarise`). "1 × 5 folds" are those of the first of the ten seeds.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.markdown import Markdown
from scipy.stats import t, ttest_rel
from sklearn import config_context

from benchmarks.leakage.tally import format_share
from benchmarks.null_worlds import FOLDS, NOISE, PLANTED, SEEDS, WORLDS, World, draw, recorded
from cip_exp.evaluation import statistics
from cip_exp.report import tables
from cip_exp.report.comparison import pairing
from cip_exp.report.comparison.arms import Arm
from cip_exp.report.comparison.compare_cells import ROPE
from cip_exp.runtime import single_threaded

if TYPE_CHECKING:
    from cip_exp.records.trial import Trial

COMPARISONS, PLANTS = 2000, 150
MULTIPLES = (0.25, 0.5, 0.75, 1.0, 1.5)
RULES = {
    "naive": "naive paired t over 10 × 5 folds",
    "seeds": "wins on all ten seeds",
    "ours": "**corrected t, 10 × 5 folds**",
    "ours5": "**corrected t, 1 × 5 folds**",
    "rope": "P(better or worse than ±0.01) ≥ 0.95, 10 × 5 folds",
}


@dataclass
class Tally:
    """Results for one world and one true difference, one value for each comparison."""

    calls: dict[str, list[bool]] = field(default_factory=lambda: {rule: [] for rule in RULES})
    """By rule: whether it called one model better."""
    found: list[statistics.Comparison] = field(default_factory=list)

    @property
    def difference(self) -> float:
        """The true difference, estimated by the mean over all samples."""
        return float(np.mean([each.difference for each in self.found]))

    @property
    def detectable(self) -> float:
        """The difference that a median comparison detects with power 0.8."""
        return float(np.median([each.detectable for each in self.found]))

    def shifted(self, multiple: float) -> tuple[int, int]:
        """Count the wins where each fold of one model is better by this multiple of the detectable size."""
        shift = multiple * self.detectable
        wins = [abs(each.difference + shift) > each.high - each.difference for each in self.found]
        return sum(wins), len(wins)


@dataclass
class Intervals:
    """Intervals of summary.csv for one model, and for ten seeds on the same folds."""

    means: list[float] = field(default_factory=list)
    bounds: dict[str, list[tuple[float, float]]] = field(
        default_factory=lambda: {
            "10 × 5": [],
            "1 × 5": [],
            "10 seeds, same 5 folds": [],
            "10 × 5, but k = 5": [],
        }  # fmt: skip
    )

    def covered(self, which: str) -> tuple[int, int]:
        """Count the intervals that contain the mean over all samples."""
        low, high = np.array(self.bounds[which]).T
        truth = float(np.mean(self.means))
        return int(np.sum((low <= truth) & (truth <= high))), len(low)


Tallies = dict[tuple[str, float], Tally]


def apply_rules(first: Trial, second: Trial, tally: Tally) -> None:
    """Apply every rule to one comparison."""
    found = difference(first, second)
    gains = np.subtract(second.folds[second.primary], first.folds[first.primary])
    by_seed = gains.reshape(SEEDS, FOLDS).mean(axis=1)
    worse, _, better = statistics.posterior(found, ROPE)
    verdicts = {
        "naive": ttest_rel(*(each.folds[each.primary] for each in (first, second))).pvalue <= 0.05,
        "seeds": bool((by_seed > 0).all() or (by_seed < 0).all()),
        "ours": found.p <= 0.05,
        "ours5": difference(one_seed(first), one_seed(second)).p <= 0.05,
        "rope": max(worse, better) >= 0.95,
    }
    for rule, called in verdicts.items():
        tally.calls[rule].append(bool(called))
    tally.found.append(found)


def difference(first: Trial, second: Trial) -> statistics.Comparison:
    """Compare two trials as `scripts/compare.py` does."""
    found = pairing.compare_arms(Arm("first", (first,)), Arm("second", (second,)))
    if isinstance(found, str):
        raise TypeError(found)
    return found.comparison


def one_seed(trial: Trial) -> Trial:
    """Return the trial with its first replicate only."""
    folds = {name: scores[:FOLDS] for name, scores in trial.folds.items()}
    return replace(trial, folds=folds, tags={**trial.tags, "cip.seed": trial.tags["cip.seed"].split(",")[0]})


def summarise(trial: Trial, world: World, intervals: Intervals) -> None:
    """Store the intervals of summary.csv for a model, and those with fewer or with fixed folds."""
    short = one_seed(trial)
    seeds = trial.tags["cip.seed"].split(",")
    pinned = recorded(world, short.folds[short.primary] * SEEDS, seeds, pinned=True)
    for each, bounds in zip((trial, short, pinned), intervals.bounds.values(), strict=False):
        row = tables.summarise([each])
        bounds.append((row["ci_low"], row["ci_high"]))
    scores = np.array(trial.folds[trial.primary])
    error = np.sqrt((1 / FOLDS + trial.test_ratio) * scores.var(ddof=1)) * t.ppf(0.975, len(scores) - 1)
    intervals.bounds["10 × 5, but k = 5"].append((scores.mean() - error, scores.mean() + error))
    intervals.means.append(float(np.mean(trial.folds[trial.primary])))


def compare_world(world: World, comparisons: int, plants: int, tallies: Tallies) -> Intervals:
    """Draw and compare; on the first `plants` samples, compare with the worse models too."""
    intervals = Intervals()
    for number in range(comparisons):
        sample = draw(world, number)
        own = sample.columns(NOISE)
        base = sample.trial(own)
        rival = sample.trial(own, SEEDS) if world.reseeded else sample.trial(sample.columns(NOISE))
        apply_rules(base, rival, tallies.setdefault((world.name, NOISE), Tally()))
        for noise in PLANTED if number < plants and not world.reseeded else ():
            planted = sample.trial(sample.columns(noise))
            apply_rules(base, planted, tallies.setdefault((world.name, noise), Tally()))
        summarise(base, world, intervals)
    return intervals


def page(tallies: Tallies, intervals: dict[str, Intervals], words: str) -> str:
    """Return the report as Markdown."""
    null = {name: tally for (name, noise), tally in tallies.items() if noise == NOISE}
    lines = ["# Comparisons where the truth is known", "", words, "", "## False wins", ""]
    groups = [list(null.values()), *([each] for each in null.values())]
    rows = [
        [label, *(format_share(*_count(rule, group)) for group in groups)] for rule, label in RULES.items()
    ]
    lines += _table("rule", ["all", *null], rows)
    lines += ["", "## Power", ""]
    rows = [
        [f"{name}, noise {noise:g}", f"{tally.difference:+.3f}", f"{tally.detectable:.3f}",
         *(format_share(*_count(rule, [tally]), digits=0) for rule in RULES)]
        for (name, noise), tally in tallies.items() if noise != NOISE
    ]  # fmt: skip
    lines += _table("rival", ["true difference", "detectable (median)", *RULES.values()], rows)
    lines += ["", "## Power of the corrected t, 10 × 5 folds, at multiples of what it calls detectable", ""]
    rows = [
        [name, *(format_share(*tally.shifted(multiple), digits=0) for multiple in MULTIPLES)]
        for name, tally in null.items()
    ]
    lines += _table("null comparisons, shifted", [f"{multiple:g} ×" for multiple in MULTIPLES], rows)
    lines += ["", "## Coverage of the 95 % interval in summary.csv", ""]
    sizes = list(next(iter(intervals.values())).bounds)
    rows = [
        [name, f"{np.mean(each.means):.4f}", *(format_share(*each.covered(size)) for size in sizes)]
        for name, each in intervals.items()
    ]
    lines += _table("model", ["mean score", *sizes], rows)
    return "\n".join(lines) + "\n"


def _count(rule: str, tallies: list[Tally]) -> tuple[int, int]:
    calls = [each for tally in tallies for each in tally.calls[rule]]
    return sum(calls), len(calls)


def _table(first: str, columns: list[str], rows: list[list[str]]) -> list[str]:
    head = [f"| {' | '.join([first, *columns])} |", "|" + "---|" * (len(columns) + 1)]
    return head + [f"| {' | '.join(row)} |" for row in rows]


@single_threaded
def measure(
    comparisons: int, plants: int, worlds: tuple[World, ...] = WORLDS
) -> tuple[Tallies, dict[str, Intervals]]:
    """Run every world's share of the comparisons."""
    tallies: Tallies = {}
    intervals = {}
    with config_context(assume_finite=True, skip_parameter_validation=True):
        for world in worlds:
            number = max(1, round(world.share * comparisons))
            intervals[world.name] = compare_world(world, number, plants, tallies)
    return tallies, intervals


def main() -> None:
    """Measure, write the page, and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="60 comparisons")
    parser.add_argument("--comparisons", type=int, default=COMPARISONS)
    parser.add_argument("--output", type=Path, default=Path("outputs/benchmarks/null_power.md"))
    given = parser.parse_args()
    comparisons, plants = (60, 6) if given.quick else (given.comparisons, PLANTS)
    started = process_time()
    tallies, intervals = measure(comparisons, plants)
    words = f"{comparisons} null comparisons; {process_time() - started:.0f} s of CPU."
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(page(tallies, intervals, words), encoding="utf-8")
    Console().print(Markdown(page(tallies, intervals, words)))


if __name__ == "__main__":
    main()
