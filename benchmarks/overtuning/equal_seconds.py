"""At equal seconds: what the faster forest's fits are worth against Optuna on stock scikit-learn.

    python -m benchmarks.overtuning.equal_seconds [--half tuning]

Stock searches 50 configurations by mean 5-fold CV. In the same seconds `cip_exp.forest` does six (500
rows) to eleven times as many fits (`benchmarks.overtuning.seconds`); they are spent on the same search with
the best few, and the defaults, scored on twelve fresh repeats, or on a search by 5 × 5 folds before that. All
is recorded raw, so that a rule can be chosen on the tuning half and quoted on the other.
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
from cip_exp.evaluate import corrected_se

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.overtuning.methods import Found, Params

    Record = dict[str, Any]

SPEED = {150: 11, 240: 11, 500: 6}
"""Fits of ours in the seconds of one of stock scikit-learn's, by rows; the lower of two tables."""
REPEATS = 12
TOP = 10
FIRST_FRESH = 10
"""No search lays its folds like these repeats."""
SPARE = (TOP + 1) * REPEATS * FOLDS
MARGIN = 0.0
"""Corrected standard errors by which a finalist must beat the defaults on fresh folds. Not tuned."""


def main() -> None:
    """Measure what is not measured yet, and print the tables."""
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
    """Return a raw record for each search of one training sample."""
    rows = read(table)
    bench = Bench(draw(rows, size, replicate), MODELS["forest"][rows.task])
    metric = next(iter(bench.metrics))
    budget = methods.FITS * SPEED[size]
    plain = methods.search(bench, metric, "tpe", methods.TRIALS)
    n_repeated = min(methods.TRIALS, (budget - SPARE) // (5 * FOLDS))
    repeated = methods.search(bench, metric, "tpe", n_repeated, methods.repeated, 5)
    return [
        {
            "table": table, "size": size, "replicate": replicate, "metric": metric, "search": name,
            "fits": found.fits, "budget": budget, "default": bench.truth({}, metric),
            "reported": found.reported,
            **trajectory(bench, metric, found), "finalists": _finalists(bench, metric, found),
        }
        for name, found in (("plain", plain), ("repeated", repeated))
    ]  # fmt: skip


def _finalists(bench: Bench, metric: str, found: Found) -> list[Record]:
    """Return fresh folds and truths of the defaults, and after them of the best of the search."""
    distinct: list[Params] = [{}]
    for params, _ in sorted(found.trials, key=lambda each: -each[1]):
        distinct += [] if params in distinct else [params]
    fresh = range(FIRST_FRESH, FIRST_FRESH + REPEATS)
    return [
        {
            "fresh": bench.scores(params, metric, fresh).tolist(),
            "truth": bench.truth(params, metric),
            "averaged": bench.truth(params, metric, AVERAGED),
        }
        for params in distinct[: 1 + TOP]
    ]


def chosen(record: Record, top: int, repeats: int, margin: float | None) -> Mapping[str, float]:
    """Return the finalist with the best fresh mean.

    With a margin, the defaults stay unless it beats them by so many corrected standard errors of the paired
    differences; without one, they are not among the candidates.
    """
    scores = np.array([each["fresh"][: repeats * FOLDS] for each in record["finalists"][: 1 + top]])
    best = 1 + int(scores[1:].mean(axis=1).argmax())
    if margin is not None:
        differences = scores[best] - scores[0]
        if differences.mean() <= margin * corrected_se(differences, methods.RATIO):
            best = 0
    found: Mapping[str, float] = record["finalists"][best]
    return found


def page(records: Sequence[Record], margin: float = MARGIN) -> str:
    """Return one table a metric: each method beside the stock search on the same samples."""
    parts = []
    for metric in ("roc_auc", "r2"):
        mine = [each for each in records if each["metric"] == metric]
        if mine:
            rows = [row for each in mine for row in _methods(each, margin)]
            parts += [f"### {metric}, forests at equal seconds", tally.selection(rows)]
    return "\n\n".join(parts)


def _methods(record: Record, margin: float) -> list[Record]:
    """Return the record once a method, as the other tables have it."""
    shared = {**{key: record[key] for key in _SHARED}, "family": "forest", "sampler": "tpe"}
    best = record["finalists"][1]
    name, spent = record["search"], record["fits"]
    rows = [(name, spent, best["truth"]), (f"{name}, final fit of 5 seeds", spent, best["averaged"])]
    for text, limit in (("confirmed", None), ("confirmed, the defaults to beat", margin)):
        final = chosen(record, TOP, REPEATS, limit)
        rows.append((f"{name}, {text}", spent + SPARE, final["truth"]))
        rows.append((f"{name}, {text}, final fit of 5 seeds", spent + SPARE, final["averaged"]))
    found = [{**shared, "method": text, "fits": fits, "truth": truth} for text, fits, truth in rows]
    if name == "plain":
        found[0]["method"] = tally.BASE
    return found


_SHARED = ("table", "size", "replicate", "metric", "default", "first", "best_incumbent")


if __name__ == "__main__":
    main()
