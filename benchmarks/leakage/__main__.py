"""`python -m benchmarks.leakage`: run the benchmark, print its tables and write them under outputs."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

import pandas as pd

from benchmarks.leakage.bench import Plan, run
from benchmarks.leakage.detectors import audit_detector
from benchmarks.leakage.peers import find_peers
from benchmarks.leakage.tally import page

QUICK = 2
HOSTS = {"tuning": 30, "quoted": 45}


def main() -> None:
    """Parse the command line, run, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.leakage", description=__doc__)
    parser.add_argument("--half", choices=["tuning", "quoted", "both"], default="both")
    parser.add_argument(
        "--quick", action="store_true", help="two data sets of the tuning half, full strength, no peers"
    )
    parser.add_argument("--hosts", type=int, help="how many data sets of a half have leaks planted in them")
    parser.add_argument("--no-peers", action="store_true", help="this project's audit only")
    args = parser.parse_args()
    start = perf_counter()
    peers, absent = ([], []) if args.quick or args.no_peers else find_peers()
    rows = []
    halves = ("tuning", "quoted") if args.half == "both" else (args.half,)
    # The quick form is used during development, so it must not show the half that is quoted.
    for half in ("tuning",) if args.quick else halves:
        limit = args.hosts or (QUICK if args.quick else HOSTS[half])
        plan = Plan(half, limit, 10, strengths=(0,), measure_gain=False) if args.quick else Plan(half, limit)
        rows += [asdict(result) for result in run(plan, [audit_detector(), *peers])]
    frame = pd.DataFrame(rows)
    text = page(frame, absent)
    _write(frame, text, "quick" if args.quick else args.half)
    print(text)
    print(f"{len(frame)} results in {perf_counter() - start:.0f} s")


def _write(frame: pd.DataFrame, text: str, name: str) -> None:
    folder = Path(os.environ.get("CIP_OUTPUTS", "outputs")) / "benchmarks" / "leakage"
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / f"questions_{name}.csv", index=False)
    (folder / f"table_{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
