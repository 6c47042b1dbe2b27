"""The searches that are compared: each returns a winner and the score that it reports for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna

from benchmarks.overtuning.fits import FOLDS, TREES, Bench
from benchmarks.overtuning.tables import Sample
from benchmarks.pruning_data import space
from cip_exp.evaluation.seeds import child
from cip_exp.evaluation.statistics import corrected_se
from cip_exp.selection.bias import selection_bias
from cip_exp.selection.racing import ruled_out
from cip_exp.sweep.samplers.paired_pruner import PairedPruner

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Params = dict[str, Any]
    Objective = Callable[[Bench, Params, str], float]

FITS = 250
TRIALS = FITS // FOLDS
FINALISTS = 5
FRESH = 4
"""With three fifths of the trials: 30 × 5 + 5 × 4 × 5 fits."""
TREE_SPACE: dict[str, optuna.distributions.BaseDistribution] = {
    "model.max_depth": optuna.distributions.IntDistribution(1, 12),
    "model.min_samples_leaf": optuna.distributions.IntDistribution(1, 30),
    "model.min_samples_split": optuna.distributions.IntDistribution(2, 30),
    "model.max_features": optuna.distributions.FloatDistribution(0.3, 1.0),
    "model.ccp_alpha": optuna.distributions.FloatDistribution(1e-5, 0.03, log=True),
}
RATIO = 1 / (FOLDS - 1)
"""n_test / n_train of a fold."""


@dataclass(frozen=True)
class Found:
    """A finished search."""

    trials: list[tuple[Params, float]]
    """Parameters and objective, in the order of the trials."""
    winner: Params
    reported: float
    """The score that the search reports for its winner."""
    fits: int
    parts: dict[str, float] = field(default_factory=dict)
    """Other scores of the winner, for the quoted score."""


def mean(bench: Bench, params: Params, metric: str) -> float:
    """Return mean 5-fold CV, the usual objective."""
    return float(bench.scores(params, metric, range(1)).mean())


def lower_bound(bench: Bench, params: Params, metric: str) -> float:
    """Return the mean less one corrected standard error."""
    scores = bench.scores(params, metric, range(1))
    return float(scores.mean()) - corrected_se(scores, RATIO)


def gap_penalty(weight: float) -> Objective:
    """Return the mean less `weight` times the gap to the training score."""

    def value(bench: Bench, params: Params, metric: str) -> float:
        score = mean(bench, params, metric)
        seen = float(bench.scores(params, metric, range(1), "train").mean())
        return score - weight * max(0.0, seen - score)

    return value


def repeated(bench: Bench, params: Params, metric: str) -> float:
    """Return the mean of 5 × 5 folds."""
    return float(bench.scores(params, metric, range(5)).mean())


def worst_seed(bench: Bench, params: Params, metric: str) -> float:
    """Return the worst of five repeats of 5-fold CV."""
    return float(bench.scores(params, metric, range(5)).reshape(5, FOLDS).mean(axis=1).min())


def search(
    bench: Bench, metric: str, sampler: str, n_trials: int, value: Objective = mean, repeats: int = 1
) -> Found:
    """Run Optuna by ask and tell, and report the best value."""
    study, distributions = _study(bench, sampler), _space(bench)
    trials: list[tuple[Params, float]] = []
    for _ in range(n_trials):
        trial = study.ask(distributions)
        trials.append((dict(trial.params), value(bench, trial.params, metric)))
        study.tell(trial, trials[-1][1])
    winner, best = max(trials, key=lambda each: each[1])
    return Found(trials, winner, best, n_trials * FOLDS * repeats)


def stopped(bench: Bench, metric: str, sampler: str, n_trials: int, alpha: float = 0.1) -> Found:
    """Search by mean CV; stop a trial between folds when it is unlikely to be among the finalists."""
    pruner = PairedPruner(alpha, keep=FINALISTS)
    study, distributions = _study(bench, sampler, pruner), _space(bench)
    trials: list[tuple[Params, float]] = []
    fits = 0
    for _ in range(n_trials):
        trial = study.ask(distributions)
        scores: list[float] = []
        for fold in range(FOLDS):
            scores.append(bench.fit(trial.params, 0, fold).test[metric])
            trial.report(scores[-1], fold)
            if fold + 1 < FOLDS and trial.should_prune():
                break
        fits += len(scores)
        if len(scores) < FOLDS:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            continue
        study.tell(trial, float(np.mean(scores)))
        trials.append((dict(trial.params), float(np.mean(scores))))
    winner, best = max(trials, key=lambda each: each[1])
    return Found(trials, winner, best, fits)


def _study(bench: Bench, sampler: str, pruner: optuna.pruners.BasePruner | None = None) -> optuna.Study:
    seed = child(bench.sample.replicate, f"search {bench.sample.rows.name}")
    made = optuna.samplers.TPESampler if sampler == "tpe" else optuna.samplers.RandomSampler
    return optuna.create_study(direction="maximize", sampler=made(seed=seed), pruner=pruner)


def _space(bench: Bench) -> dict[str, optuna.distributions.BaseDistribution]:
    return TREE_SPACE if bench.model in TREES else space(bench.model)


def first(found: Found, n_trials: int) -> Found:
    """Return the search after its first `n_trials` trials."""
    trials = found.trials[:n_trials]
    winner, best = max(trials, key=lambda each: each[1])
    return Found(trials, winner, best, n_trials * FOLDS)


def confirmed(
    bench: Bench,
    metric: str,
    found: Found,
    alpha: float = 0.0,
    finalists: int = FINALISTS,
    fresh: int = FRESH,
) -> Found:
    """Score the best configurations again on fresh splits, and choose and report by those scores only.

    The best of the search is scored on all folds first. Every other one is compared with it fold by fold,
    until it is ruled out at the one-sided level `alpha` (0: never).
    """
    distinct: list[Params] = []
    for params, _ in sorted(found.trials, key=lambda each: -each[1]):
        distinct += [] if params in distinct else [params]
    repeats = range(1, 1 + fresh)
    leader = bench.scores(distinct[0], metric, repeats)
    winner, best, fits = distinct[0], float(leader.mean()), found.fits + len(leader)
    for params in distinct[1:finalists]:
        scores: list[float] = []
        for step in range(len(leader)):
            scores.append(bench.fit(params, 1 + step // FOLDS, step % FOLDS).test[metric])
            if alpha and ruled_out(np.array(scores), leader, RATIO, alpha):
                break
        fits += len(scores)
        if len(scores) == len(leader) and np.mean(scores) > best:
            winner, best = params, float(np.mean(scores))
    seen = next(value for params, value in found.trials if params == winner)
    return Found(found.trials, winner, best, fits, {"search": seen})


def nested(bench: Bench, metric: str, n_trials: int) -> float:
    """Return the estimate of nested CV for a random search; it takes five times the fits of the search."""
    scores = []
    for train, test in bench.folds(0):
        whole = bench.sample
        inner = Sample(
            whole.rows, whole.size, whole.replicate, whole.train[train], whole.train[test], whole.truth[:1]
        )
        outer = Bench(inner, bench.model)
        scores.append(outer.holdout(search(outer, metric, "random", n_trials).winner, metric)[0])
    return float(np.mean(scores))


def bias(bench: Bench, metric: str, found: Found) -> dict[str, float]:
    """Return the BBC estimate of a search by mean CV, and the selection bias."""
    oof = np.stack([bench.oof(params, range(1))[0] for params, _ in found.trials])
    result = selection_bias(oof, bench.y, bench.metrics[metric], seed=0)
    return {"bbc": result.estimate, "bias": result.bias, "in_bag": result.in_bag}
