"""Compare searches of equal time: more fits of the faster forest against Optuna on stock scikit-learn.

    python -m benchmarks.overtuning.equal_seconds [--sizes 240] [--replicates 2] [--half tuning]

The stock search tries 50 configurations by mean 5-fold CV. In the same time `cip_exp.forest` does six (500
rows) to eleven times as many fits (`benchmarks.overtuning.seconds`). They are used for a search by 5 × 5
folds, and for twelve fresh repeats of its best configurations and of the defaults. All scores are recorded,
so that a rule can be chosen on the tuning half and quoted on the other.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna

from benchmarks.overtuning import methods, tally
from benchmarks.overtuning.__main__ import load
from benchmarks.overtuning.fits import AVERAGED, FOLDS, Bench
from benchmarks.overtuning.measure import MODELS, trajectory
from benchmarks.overtuning.tables import TABLES, draw, read
from cip_exp.evaluation.statistics import corrected_se

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.overtuning.methods import Found, Params

    Record = dict[str, Any]

SPEED = {150: 11, 240: 11, 500: 6}
"""Fits of `cip_exp.forest` in the time of one fit of scikit-learn, by rows; the lower of two tables."""
REPEATS = 12
TOP = 10
FIRST_FRESH = 10
"""The first of the fresh repeats; no search uses these folds."""
SPARE = (TOP + 1) * REPEATS * FOLDS
MARGINS = (0.0, 1.0)
"""Corrected standard errors by which a finalist must beat the defaults on fresh folds. Not tuned."""
SEEDS = f"last fit of {AVERAGED} seeds"
BLENDS = (3, 5, 10)
"""How many finalists a blend averages: the best on fresh folds."""


def main() -> None:
    """Measure the samples that are not in the file yet, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--half", choices=("quoted", "tuning"), default="quoted")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SPEED), choices=list(SPEED))
    parser.add_argument("--replicates", type=int, default=1, help="training samples of each table and size")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop before the next sample")
    parser.add_argument("--results", type=Path, default=None)
    args = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path = args.results or Path("outputs") / "overtuning" / f"equal_seconds_{args.half}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + 60 * args.minutes
    done = {(each["table"], each["size"], each["replicate"]) for each in load(path)}
    for replicate in range(args.replicates):
        for size in args.sizes:
            for table in TABLES[args.half]:
                if (table, size, replicate) in done or time.monotonic() > until:
                    continue
                lines = [json.dumps(each) for each in measure(table, size, replicate)]
                with path.open("a", encoding="utf-8") as handle:
                    handle.write("\n".join(lines) + "\n")
    print(page(load(path)))


def measure(table: str, size: int, replicate: int) -> list[Record]:
    """Return a record for each search of one training sample."""
    rows = read(table)
    bench = Bench(draw(rows, size, replicate), MODELS["forest"][rows.task])
    metric = next(iter(bench.metrics))
    budget = methods.FITS * SPEED[size]
    plain = methods.search(bench, metric, "tpe", methods.TRIALS)
    n_repeated = min(methods.TRIALS, (budget - SPARE) // (5 * FOLDS))
    repeated = methods.search(bench, metric, "tpe", n_repeated, methods.repeated, 5)
    shared = {
        "table": table, "size": size, "replicate": replicate, "metric": metric, "budget": budget,
        "default": bench.truth({}, metric),
    }  # fmt: skip
    records = []
    for name, found, top in (("plain", plain, 0), ("repeated", repeated, TOP)):
        finalists = _finalists(bench, metric, found, top)
        records.append(
            {
                **shared, "search": name, "fits": found.fits, "reported": found.reported,
                "winner": bench.truth(found.winner, metric),
                "averaged": bench.truth(found.winner, metric, AVERAGED),
                **trajectory(bench, metric, found), "finalists": finalists,
                "blended": _blended(bench, metric, finalists) if top else {},
            }
        )  # fmt: skip
    return records


def _finalists(bench: Bench, metric: str, found: Found, top: int) -> list[Record]:
    """Return fresh scores and true scores of the defaults, and then of the best of the search."""
    distinct: list[Params] = [{}]
    for params, _ in sorted(found.trials, key=lambda each: -each[1]):
        distinct += [] if params in distinct else [params]
    fresh = range(FIRST_FRESH, FIRST_FRESH + REPEATS)
    return [
        {
            "params": params,
            "fresh": bench.scores(params, metric, fresh).tolist(),
            "truth": bench.truth(params, metric),
            "averaged": bench.truth(params, metric, AVERAGED),
        }
        for params in distinct[: 1 + top if top else 0]
    ]


def _blended(bench: Bench, metric: str, finalists: Sequence[Record]) -> dict[str, float]:
    """Return the true score of the mean prediction of the best finalists, by their number."""
    ranked = sorted(finalists, key=lambda each: -float(np.mean(each["fresh"])))
    return {
        str(k): bench.blended_truth([each["params"] for each in ranked[:k]], metric, AVERAGED) for k in BLENDS
    }


def chosen(record: Record, top: int, repeats: int, margin: float | None) -> Mapping[str, float]:
    """Return the finalist with the best fresh mean.

    With a margin, the defaults are returned unless the finalist is better by so many corrected standard
    errors of the paired differences. Without a margin, the defaults are not among the candidates.
    """
    scores = np.array([each["fresh"][: repeats * FOLDS] for each in record["finalists"][: 1 + top]])
    best = 1 + int(scores[1:].mean(axis=1).argmax())
    if margin is not None:
        differences = scores[best] - scores[0]
        if differences.mean() <= margin * corrected_se(differences, methods.RATIO):
            best = 0
    found: Mapping[str, float] = record["finalists"][best]
    return found


def page(records: Sequence[Record]) -> str:
    """Return one table for each metric: each method against the stock search on the same samples."""
    parts = []
    for metric in ("roc_auc", "r2"):
        mine = [each for each in records if each["metric"] == metric]
        if mine:
            rows = [row for each in mine for row in _methods(each)]
            parts += [f"### {metric}, forests at equal seconds", tally.selection(rows)]
    return "\n\n".join(parts)


def _methods(record: Record) -> list[Record]:
    """Return one record for each method, in the form of the other tables."""
    shared = {**{key: record[key] for key in _SHARED}, "family": "forest", "sampler": "tpe"}
    spent, winner, averaged = record["fits"], record["winner"], record["averaged"]
    if record["search"] == "plain":
        rows = [(tally.BASE, spent, winner), (f"the same, {SEEDS}", spent, averaged)]
    else:
        rows = [("5 × 5 folds", spent, winner), (f"5 × 5 folds, {SEEDS}", spent, averaged)]
        spent += SPARE
        for text, limit in (("", None), *((f", the defaults stay within {m:g} SE", m) for m in MARGINS)):
            final = chosen(record, TOP, REPEATS, limit)
            rows.append((f"5 × 5 folds, confirmed{text}", spent, final["truth"]))
            rows.append((f"5 × 5 folds, confirmed{text}, {SEEDS}", spent, final["averaged"]))
        rows += [(f"blend of {k}, {SEEDS} each", spent, truth) for k, truth in record["blended"].items()]
    return [{**shared, "method": text, "fits": fits, "truth": truth} for text, fits, truth in rows]


_SHARED = ("table", "size", "replicate", "metric", "default", "first", "best_incumbent")


if __name__ == "__main__":
    main()
