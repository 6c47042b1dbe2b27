"""Measure overtuning and the bias of quoted scores: `python -m benchmarks.overtuning [--quick | --full]`.

Results are appended to a file line by line, so that a stopped run can be continued.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import optuna

from benchmarks.overtuning import measure, methods, tally
from benchmarks.overtuning.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.overtuning.tables import Half

QUICK = 10
"""Number of trials of a quick search."""
QUICK_TABLES = ("carData/BEPS", "modeldata/deliveries")
SIZES = (150, 240, 500)
FAMILIES = ("tree", "linear", "forest")
TWICE = "tree"
"""The family that is fast enough for a second sample of each size."""


def main() -> None:
    """Measure the samples that are not in the file yet, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two tables, 60 rows, 10 trials: for CI")
    parser.add_argument("--full", action="store_true", help="what docs/measured quotes (the default)")
    parser.add_argument("--half", choices=("quoted", "tuning"), default="quoted")
    parser.add_argument("--families", default=",".join(FAMILIES), help="of " + ", ".join(measure.MODELS))
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop before the next sample")
    parser.add_argument("--results", type=Path, default=None, help="default: outputs/overtuning/HALF.jsonl")
    args = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path = args.results or Path("outputs") / "overtuning" / f"{args.half}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    families = args.families.split(",")
    todo = quick(families) if args.quick else plan(args.half, families)
    run(todo, path, time.monotonic() + 60 * args.minutes, QUICK if args.quick else methods.TRIALS)
    print(tally.page([each for each in load(path) if each["family"] in families]))


@dataclass(frozen=True)
class Work:
    """One sample and one family of models to search on it."""

    table: str
    size: int
    replicate: int
    family: str
    objectives: bool
    """Whether objectives are compared too."""


def plan(half: Half, families: Sequence[str]) -> list[Work]:
    """Return the samples of a full run, small ones first, so that a stopped run has all tables."""
    return [
        Work(table, size, replicate, family, _compared(half, size, replicate, family))
        for replicate in range(2)
        for size in SIZES
        for family in families
        if replicate == 0 or family == TWICE
        for table in TABLES[half]
    ]


def _compared(half: Half, size: int, replicate: int, family: str) -> bool:
    """Return whether objectives are compared: on one sample of each quoted table, where fits are fast."""
    return half == "quoted" and size == measure.DEEP_SIZE and replicate == 0 and family != "forest"


def quick(families: Sequence[str]) -> list[Work]:
    """Return two small samples, one of each task."""
    return [Work(table, 60, 0, each, True) for each in families for table in QUICK_TABLES]


def run(todo: Sequence[Work], path: Path, until: float, trials: int) -> None:
    """Append the records of each sample that is not in the file yet."""
    done = {(each["table"], each["size"], each["replicate"], each["family"]) for each in load(path)}
    for each in todo:
        key = (each.table, each.size, each.replicate, each.family)
        if key in done or time.monotonic() > until:
            continue
        started = time.process_time()
        found = measure.records(*key, each.objectives, trials)
        lines = [json.dumps({**record, "cpu": time.process_time() - started}) for record in found]
        with path.open("a", encoding="utf-8") as handle:
            handle.write("\n".join(lines) + "\n")


def load(path: Path) -> list[measure.Record]:
    """Return the records of a file; none where there is no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


if __name__ == "__main__":
    main()
