"""Compare pruned with unpruned searches of equal length: fits saved, and the quality of the winner.

    python -m benchmarks.pruning [--quick] [--trials 40] [--seeds 0] [--tpe-seeds 1]
    python -m benchmarks.pruning --tuning    # a grid of `paired`'s options on eight other tables

One process. `trial.run` scores a trial on two replicates of five folds, and reports each fold to the pruner.
"running" reports the mean of the folds so far instead, since Optuna's median rule uses the best report so
far. The options of `paired` were chosen on other tables. A random sampler proposes the same configurations
with and without a pruner; TPE does not. Differences are pruned less unpruned, in points (score × 100): of the
score in the search, on the holdout, and on fresh folds of five other seeds. Intervals are a bootstrap over
data sets, with seeds averaged within each.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from rich.console import Console
from rich.markdown import Markdown

from benchmarks.pruning_data import Scorer, tables
from cip_exp.sweep.config_store import MedianConf, PairedConf, WilcoxonConf
from cip_exp.sweep.samplers.factory import build_pruner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

RUNNING = "median, running"
PRUNERS: dict[str, Any] = {
    "paired": PairedConf(),
    "Wilcoxon p<0.1": WilcoxonConf(p_threshold=0.1),
    "median": MedianConf(),
    RUNNING: MedianConf(),
}
GRID: dict[str, Any] = {
    f"paired alpha={alpha} keep={keep}": PairedConf(alpha=alpha, keep=keep)
    for alpha in (0.05, 0.1, 0.2)
    for keep in (1, 3, 5)
}
Rows = dict[tuple[str, str], dict[str, list[Any]]]
"""By (sampler, pruner), then by data set: a row of COLUMNS for each seed."""
COLUMNS = ("fits saved %", "Δ seen", "Δ holdout", "Δ fresh folds", "same winner %")


@dataclass(frozen=True)
class Found:
    """The result of one search."""

    params: dict[str, Any]
    seen: float
    fits: int


def search(
    scorer: Scorer, sampler: optuna.samplers.BaseSampler, pruner: Any, n_trials: int, running: bool = False
) -> Found:
    """Run one search by Optuna's ask and tell; `running` reports means of the folds so far."""
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    fits = 0
    for _ in range(n_trials):
        asked = study.ask(scorer.space)

        scores: list[float] = []

        def stop(score: float, step: int, asked: optuna.Trial = asked, scores: list[float] = scores) -> bool:
            scores.append(score)
            asked.report(float(np.mean(scores)) if running else score, step)
            return asked.should_prune()

        folds, value = scorer.score(asked.params, stop)
        fits += folds
        study.tell(asked, value, optuna.trial.TrialState.PRUNED if value is None else None)
    return Found(study.best_params, study.best_value, fits)


def compare(
    scorer: Scorer, kind: str, seed: int, n_trials: int, pruners: Mapping[str, Any] = PRUNERS
) -> dict[str, NDArray[np.float64]]:
    """Return the COLUMNS of every pruner against no pruner, for one sampler's seed."""
    make = {"random": optuna.samplers.RandomSampler, "tpe": optuna.samplers.TPESampler}[kind]
    base = search(scorer, make(seed=seed), optuna.pruners.NopPruner(), n_trials)
    rows = {}
    for name, node in pruners.items():
        found = search(scorer, make(seed=seed), build_pruner(node.__dict__), n_trials, name == RUNNING)
        holdout, fresh = np.subtract(scorer.final_scores(found.params), scorer.final_scores(base.params))
        differences = [found.seen - base.seen, holdout, fresh, float(found.params == base.params)]
        rows[name] = 100 * np.array([1 - found.fits / base.fits, *differences])
    return rows


def interval(values: NDArray[np.float64], draws: int = 10_000) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the 95 % bootstrap interval of the mean of each column; shape (n_data_sets, n_columns)."""
    picked = np.random.default_rng(0).integers(0, len(values), (draws, len(values)))
    low, high = np.percentile(values[picked].mean(axis=1), [2.5, 97.5], axis=0)
    return low, high


def page(rows: Rows, words: str) -> str:
    """Return the report as markdown."""
    found = {
        key: {data: np.mean(each, axis=0) for data, each in by_data.items()} for key, by_data in rows.items()
    }
    lines = ["# Pruned search against unpruned", "", words, "", *_head("search", "data sets")]
    for (kind, name), means in found.items():
        values = np.array(list(means.values()))
        ends = zip(values.mean(axis=0), *interval(values), strict=True)
        row = " | ".join(f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]" for mean, low, high in ends)
        lines.append(f"| {kind}, {name} | {len(means)} | {row} |")
    lines += ["", *_head("data set", "search")]
    for (kind, name), means in found.items():
        for data, row in means.items():
            lines.append(f"| {data} | {kind}, {name} | {' | '.join(f'{value:+.2f}' for value in row)} |")
    return "\n".join(lines) + "\n"


def _head(*first: str) -> list[str]:
    names = (*first, *COLUMNS)
    return [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]


def main() -> None:
    """Run every search on every data set, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="three data sets, 12 trials, one seed")
    parser.add_argument("--tuning", action="store_true", help="a grid of paired's options on other data sets")
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seeds", type=lambda text: [int(seed) for seed in text.split(",")], default=[0])
    parser.add_argument("--tpe-seeds", type=int, default=1, help="how many of the seeds TPE runs with")
    parser.add_argument("--output", type=Path, default=Path("outputs/benchmarks/pruning.md"))
    given = parser.parse_args()
    trials, seeds = (12, given.seeds[:1]) if given.quick else (given.trials, given.seeds)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    console, started = Console(), process_time()
    rounds = [("random", seed) for seed in seeds] + [("tpe", seed) for seed in seeds[: given.tpe_seeds]]
    # TPE's proposals depend on the pruner, so that every pruner needs a search of its own.
    searched = {name: node for name, node in PRUNERS.items() if name != RUNNING}
    pruners = {"random": GRID if given.tuning else PRUNERS, "tpe": searched}
    if given.tuning:
        rounds = [("random", seed) for seed in seeds]
    rows: Rows = defaultdict(lambda: defaultdict(list))
    given.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        scorers = {
            name: Scorer(given_by)
            for name, given_by in tables(Path(folder), quick=given.quick, tuning=given.tuning).items()
        }
        for kind, seed in rounds:
            for data, scorer in scorers.items():
                for name, row in compare(scorer, kind, seed, trials, pruners[kind]).items():
                    rows[kind, name][data].append(row)
                words = f"{trials} trials a search, 10 folds each; {process_time() - started:.0f} s of CPU."
                given.output.write_text(page(rows, words), encoding="utf-8")
                console.print(f"{kind} seed {seed}, {data}: {words}")
    console.print(Markdown(page(rows, words)))


if __name__ == "__main__":
    main()
