"""Pruned searches against unpruned ones at equal trials: fits saved, and the quality of the winner.

    python -m benchmarks.pruning [--quick] [--trials 40] [--seeds 0,1,2] [--tpe-seeds 1]

One process. A trial is scored on two replicates of five folds by the corridor itself, which tells the pruner
each fold as it ends. A random sampler proposes the same configurations with and without a pruner; TPE does
not. Differences are pruned less unpruned, in points (score × 100): what the search saw, the sealed holdout,
and fresh folds of five other seeds. Intervals are a bootstrap over data sets, seeds averaged within each.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from rich.console import Console
from rich.markdown import Markdown

from benchmarks.pruning_data import tables
from cip_exp import trial
from cip_exp.config import CONF, Settings, compose
from cip_exp.sweep.conf import MedianConf, PercentileConf, WilcoxonConf
from cip_exp.sweep.samplers import build_pruner
from cip_exp.sweep.space import distribution

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

FRESH = "[100,101,102,103,104]"
PRUNERS: dict[str, Any] = {
    "median": MedianConf(),
    "Wilcoxon p<0.1": WilcoxonConf(p_threshold=0.1),
    "percentile 25": PercentileConf(),
}
COLUMNS = ("fits saved %", "Δ seen", "Δ holdout", "Δ fresh folds", "same winner %")


@dataclass(frozen=True)
class Found:
    """What one search came to."""

    params: dict[str, Any]
    seen: float
    fits: int


class Scorer:
    """One data set's trials; a finished one is answered from memory, equal to the last bit as it would be."""

    def __init__(self, overrides: Sequence[str]) -> None:
        fixed = [*overrides, "track=off", "audit=off"]
        self.settings = compose([*fixed, "seeds.replicates=[0,1]"])
        self.fresh_settings = compose([*fixed, f"seeds.replicates={FRESH}"])
        self.space = space(self.settings.model.name)
        self._done: dict[str, tuple[tuple[float, ...], float]] = {}
        self._judged: dict[str, tuple[float, float]] = {}

    def score(
        self, params: Mapping[str, Any], stop: Callable[[float, int], bool]
    ) -> tuple[int, float | None]:
        """Return the folds fitted and the objective, None where `stop` ended it."""
        key = str(params)
        if key in self._done:
            folds, value = self._done[key]
            for step, score in enumerate(folds):
                if stop(score, step) and step + 1 < len(folds):
                    return step + 1, None
            return len(folds), value
        done = trial.run(chosen(self.settings, params), trial.Stage(on_fold=stop)).trial
        folds = done.folds[done.primary]
        if done.state == "pruned":
            return len(folds), None
        self._done[key] = folds, done.objective
        return len(folds), done.objective

    def judge(self, params: Mapping[str, Any]) -> tuple[float, float]:
        """Return the score on the sealed holdout and the mean over fresh folds."""
        key = str(params)
        if key not in self._judged:
            cell, final = trial.finalise(chosen(self.settings, params))
            fresh = trial.run(chosen(self.fresh_settings, params)).trial
            self._judged[key] = final.test[fresh.primary], fresh.objective
        return self._judged[key]


def space(model: str) -> dict[str, optuna.distributions.BaseDistribution]:
    """Return the search space that conf/hparams_search holds for a model."""
    text = (CONF / "hparams_search" / f"{model}.yaml").read_text(encoding="utf-8")
    lines = [f"{key}={value}" for key, value in yaml.safe_load(text)["hydra"]["sweeper"]["params"].items()]
    return {
        one.get_key_element(): distribution(one) for one in OverridesParser.create().parse_overrides(lines)
    }


def chosen(settings: Settings, params: Mapping[str, Any]) -> Settings:
    """Return the settings with these hyperparameters, without the 50 ms of composing them anew."""
    values = {name.removeprefix("model."): yaml.safe_load(str(value)) for name, value in params.items()}
    return replace(settings, model=replace(settings.model, params={**settings.model.params, **values}))


def search(scorer: Scorer, sampler: optuna.samplers.BaseSampler, pruner: Any, n_trials: int) -> Found:
    """Run one search by ask and tell, a trial at a time."""
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    fits = 0
    for _ in range(n_trials):
        asked = study.ask(scorer.space)

        def stop(score: float, step: int, asked: optuna.Trial = asked) -> bool:
            asked.report(score, step)
            return asked.should_prune()

        folds, value = scorer.score(asked.params, stop)
        fits += folds
        pruned = optuna.trial.TrialState.PRUNED if value is None else None
        study.tell(asked, value, pruned)
    return Found(study.best_params, study.best_value, fits)


def compare(scorer: Scorer, kind: str, seed: int, n_trials: int) -> dict[str, NDArray[np.float64]]:
    """Return the COLUMNS of every pruner against no pruner, for one sampler's seed."""
    make = {"random": optuna.samplers.RandomSampler, "tpe": optuna.samplers.TPESampler}[kind]
    base = search(scorer, make(seed=seed), optuna.pruners.NopPruner(), n_trials)
    rows = {}
    for name, node in PRUNERS.items():
        found = search(scorer, make(seed=seed), build_pruner(node.__dict__), n_trials)
        holdout, fresh = np.subtract(scorer.judge(found.params), scorer.judge(base.params))
        differences = [found.seen - base.seen, holdout, fresh, float(found.params == base.params)]
        rows[name] = 100 * np.array([1 - found.fits / base.fits, *differences])
    return rows


def interval(values: NDArray[np.float64], draws: int = 10_000) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the 95 % bootstrap interval of the mean of each column; shape (n_data_sets, n_columns)."""
    picked = np.random.default_rng(0).integers(0, len(values), (draws, len(values)))
    low, high = np.percentile(values[picked].mean(axis=1), [2.5, 97.5], axis=0)
    return low, high


def page(found: Mapping[tuple[str, str], Mapping[str, NDArray[np.float64]]], words: str) -> str:
    """Return the report as markdown; `found` by (sampler, pruner), then by data set."""
    lines = ["# Pruned search against unpruned", "", words, "", *_head("search", "data sets")]
    for (kind, name), rows in found.items():
        values = np.array(list(rows.values()))
        ends = zip(values.mean(axis=0), *interval(values), strict=True)
        cells = " | ".join(f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]" for mean, low, high in ends)
        lines.append(f"| {kind}, {name} | {len(rows)} | {cells} |")
    lines += ["", *_head("data set", "search")]
    for (kind, name), rows in found.items():
        lines += [
            f"| {data} | {kind}, {name} | {' | '.join(f'{value:+.2f}' for value in row)} |"
            for data, row in rows.items()
        ]
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
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument(
        "--seeds", type=lambda text: [int(seed) for seed in text.split(",")], default=[0, 1, 2]
    )
    parser.add_argument("--tpe-seeds", type=int, default=1, help="how many of the seeds TPE runs with")
    parser.add_argument("--output", type=Path, default=Path("outputs/benchmarks/pruning.md"))
    given = parser.parse_args()
    trials, seeds = (12, given.seeds[:1]) if given.quick else (given.trials, given.seeds)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    found: dict[tuple[str, str], dict[str, NDArray[np.float64]]] = defaultdict(dict)
    console, started = Console(), process_time()
    with tempfile.TemporaryDirectory() as folder:
        for data, overrides in tables(Path(folder), quick=given.quick).items():
            scorer = Scorer(overrides)
            for kind, used in (("random", seeds), ("tpe", seeds[: given.tpe_seeds])):
                each = [compare(scorer, kind, seed, trials) for seed in used]
                for name in PRUNERS if each else ():
                    found[kind, name][data] = np.mean([rows[name] for rows in each], axis=0)
            console.print(f"{data}: {process_time() - started:.0f} s of CPU so far")
    words = f"{trials} trials a search; seeds {seeds} (TPE: {seeds[: given.tpe_seeds]}); 10 folds a trial."
    text = page(found, words)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(text, encoding="utf-8")
    console.print(Markdown(text))


if __name__ == "__main__":
    main()
