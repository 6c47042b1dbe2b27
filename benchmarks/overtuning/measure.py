"""Run all methods on one training sample, and return a record of raw scores for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.overtuning import methods
from benchmarks.overtuning.fits import AVERAGED, Bench
from benchmarks.overtuning.methods import Found
from benchmarks.overtuning.tables import draw, read
from cip_exp.evaluation.row_bootstrap import row_error

if TYPE_CHECKING:
    from collections.abc import Iterator

MODELS = {
    "forest": {"churn": "rf_churn", "clv": "rf_clv"},
    "linear": {"churn": "logit_churn", "clv": "ridge_clv"},
    "tree": {"churn": "tree_churn", "clv": "tree_clv"},
    "boosting": {"churn": "hgb_churn", "clv": "hgb_clv"},
}
LONG = (5, 12)
"""Finalists and fresh repeats where a fit takes less than half the time of stock scikit-learn."""
RACES = (0.05, 0.1, 0.2, 0.3)
"""Significance levels at which candidates are ruled out."""
DEEP_SIZE = 240
"""The size at which methods with many fits (5 × 5 CV, nested CV) are measured."""

Record = dict[str, Any]


def records(
    table: str, size: int, replicate: int, family: str, objectives: bool, trials: int = methods.TRIALS
) -> list[Record]:
    """Return a record for each method, metric and sampler on one training sample.

    TPE searches by R², or by ROC AUC and (except forests, which take too long) by F1. With `objectives`, the
    objectives are compared too, on the trials of a random search.
    """
    rows = read(table)
    bench = Bench(draw(rows, size, replicate), MODELS[family][rows.task], train_scores=objectives)
    out: list[Record] = []
    names = list(bench.metrics)
    cheap = not bench.model.startswith("rf_")
    for metric in names if objectives else ():
        out += [_record(bench, metric, "random", *each) for each in _random(bench, metric, trials)]
    for metric in names if cheap else names[:1]:
        out += [_record(bench, metric, "tpe", *each) for each in _live(bench, metric, trials)]
    for each in out:
        each["best_known"] = bench.best_known(each["metric"])
        each["family"] = family
    return out


def _live(bench: Bench, metric: str, trials: int) -> Iterator[tuple[str, Found]]:
    """Yield the methods that the project uses, with Optuna's TPE."""
    whole = methods.search(bench, metric, "tpe", trials)
    yield "mean", _with_bias(bench, metric, whole)
    short = methods.first(whole, _searched(trials))
    yield "confirm", _quotable(bench, metric, methods.confirmed(bench, metric, short))
    if not bench.model.startswith("rf_"):  # with TPE other trials, and so other fits
        early = methods.stopped(bench, metric, "tpe", _searched(trials))
        yield "stop, confirm", _quotable(bench, metric, methods.confirmed(bench, metric, early))
    for alpha in RACES:
        yield f"confirm, raced {alpha:g}", methods.confirmed(bench, metric, short, alpha)
    if bench.model.startswith("rf_") and bench.sample.size == DEEP_SIZE:
        yield "confirm long", _quotable(bench, metric, methods.confirmed(bench, metric, whole, 0.0, *LONG))


def _random(bench: Bench, metric: str, trials: int) -> Iterator[tuple[str, Found]]:
    """Yield the objectives and methods, on the same random trials."""

    def run(value: methods.Objective) -> Found:
        return methods.search(bench, metric, "random", trials, value)

    whole = run(methods.mean)
    yield "mean", _with_bias(bench, metric, whole)
    yield "lower_bound", run(methods.lower_bound)
    yield "gap_penalty 0.2", run(methods.gap_penalty(0.2))
    yield "gap_penalty 1", run(methods.gap_penalty(1.0))
    short = methods.first(whole, _searched(trials))
    yield "confirm", _quotable(bench, metric, methods.confirmed(bench, metric, short))
    early = methods.stopped(bench, metric, "random", _searched(trials))
    yield "stop, confirm", _quotable(bench, metric, methods.confirmed(bench, metric, early))
    if bench.sample.size == DEEP_SIZE:
        few = trials // 5
        yield "repeated 5x5", methods.search(bench, metric, "random", few, methods.repeated, 5)
        yield "worst_seed", methods.search(bench, metric, "random", few, methods.worst_seed, 5)
        short = methods.first(whole, few)
        estimate = methods.nested(bench, metric, few)
        yield "nested", Found(short.trials, short.winner, estimate, 6 * short.fits)
        if not bench.model.startswith("rf_"):
            yield (
                "repeated 5x5, five times the fits",
                methods.search(bench, metric, "random", trials, methods.repeated, 5),
            )


def _searched(trials: int) -> int:
    """Return the trials of a search that leaves two fifths of its fits for the confirmation."""
    return trials * 3 // 5


def _with_bias(bench: Bench, metric: str, found: Found) -> Found:
    parts = {**_holdout(bench, metric, found, 1), **methods.bias(bench, metric, found)}
    parts["row_se"] = row_error(bench.oof(found.winner, range(1)), bench.y, bench.metrics[metric], seed=1)
    return Found(found.trials, found.winner, found.reported, found.fits, parts)


def _quotable(bench: Bench, metric: str, found: Found) -> Found:
    """Add the parts of the quoted score."""
    fresh = bench.oof(found.winner, range(1, 1 + methods.FRESH))
    averaged = fresh.mean(axis=0)
    values = [value for _, value in found.trials]
    parts = {
        **found.parts, **_holdout(bench, metric, found, AVERAGED), **methods.bias(bench, metric, found),
        "row_se": row_error(fresh, bench.y, bench.metrics[metric], seed=1),
        "averaged": bench.score(averaged, metric),
        "averaged_se": row_error(averaged, bench.y, bench.metrics[metric], seed=1),
        "pooled": float(np.mean([bench.score(each, metric) for each in fresh])),
        "median": float(np.median(values)), "spread": float(np.std(values)),
    }  # fmt: skip
    return Found(found.trials, found.winner, found.reported, found.fits, parts)


def _holdout(bench: Bench, metric: str, found: Found, seeds: int) -> dict[str, float]:
    score, predictions = bench.holdout(found.winner, metric, seeds)
    y = bench.sample.rows.y[bench.sample.holdout]
    error = row_error(predictions, y, bench.metrics[metric], seed=2)
    averaged = bench.truth(found.winner, metric, AVERAGED)
    return {"test": score, "test_se": error, "truth_averaged": averaged}


def _record(bench: Bench, metric: str, sampler: str, method: str, found: Found) -> Record:
    return {
        "table": bench.sample.rows.name, "size": bench.sample.size, "replicate": bench.sample.replicate,
        "metric": metric, "sampler": sampler, "method": method, "fits": found.fits,
        "reported": found.reported, "truth": bench.truth(found.winner, metric),
        "default": bench.truth({}, metric), **trajectory(bench, metric, found), **found.parts,
    }  # fmt: skip


def trajectory(bench: Bench, metric: str, found: Found) -> dict[str, float]:
    """Return the true scores of a search's first incumbent and of its best incumbent."""
    truths: list[float] = []
    best = -np.inf
    for params, value in found.trials:
        if value > best:
            best = value
            truths.append(bench.truth(params, metric))
    return {"first": truths[0], "best_incumbent": max(truths)}
