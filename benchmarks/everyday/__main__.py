"""`python -m benchmarks.everyday`: run the benchmark, print its tables and write them under outputs."""

from __future__ import annotations

import argparse
import os
import warnings
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import pandas as pd

from benchmarks.everyday.bench import Plan, run
from benchmarks.everyday.peers import find_peers
from benchmarks.everyday.report import page

if TYPE_CHECKING:
    from benchmarks.everyday.kinds import Kind

HOSTS, UNTOUCHED = {"tuning": 16, "quoted": 16}, {"tuning": 40, "quoted": None}


def main() -> None:
    """Parse the command line, run, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.everyday", description=__doc__)
    parser.add_argument("--half", choices=["tuning", "quoted", "both"], default="both")
    parser.add_argument(
        "--quick", action="store_true", help="two tables of the tuning half, no gain, no peers"
    )
    parser.add_argument("--hosts", type=int, help="how many tables of a half have leaks planted in them")
    parser.add_argument("--kinds", default="", help="only these kinds, joined by commas")
    parser.add_argument("--no-peers", action="store_true", help="this project's audit only")
    args = parser.parse_args()
    start = perf_counter()
    peers, absent = ({}, []) if args.quick or args.no_peers else find_peers()
    halves = ("tuning", "quoted") if args.half == "both" else (args.half,)
    rows = []
    # The quick form is used during development, so it must not show the half that is quoted.
    for half in ("tuning",) if args.quick else halves:
        kinds = kinds_of(half)
        only = tuple(name for name in args.kinds.split(",") if name)
        if args.quick:
            plan = Plan(half, kinds, 2, 4, strengths=1, measure_gain=False)
        else:
            plan = Plan(half, kinds, args.hosts or HOSTS[half], UNTOUCHED[half], peers=peers, only=only)
        rows += [asdict(result) for result in run(plan)]
    frame = pd.DataFrame(rows)
    text = page(frame, absent)
    _write(frame, text, "quick" if args.quick else args.half)
    print(text)
    print(f"{len(frame)} results in {perf_counter() - start:.0f} s")


def kinds_of(half: str) -> dict[str, Kind]:
    """Return the kinds of a half; those of the quoted half are imported only if asked for."""
    kinds: dict[str, Kind] = import_module(f"benchmarks.everyday.{half}_kinds").KINDS
    return kinds


def _write(frame: pd.DataFrame, text: str, name: str) -> None:
    folder = Path(os.environ.get("CIP_OUTPUTS", "outputs")) / "benchmarks" / "everyday"
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / f"cases_{name}.csv", index=False)
    (folder / f"table_{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("ignore", FutureWarning)
    main()
