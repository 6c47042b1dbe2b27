"""Speed of two workers against one: `python -m benchmarks.workers [--rows 238 5000] [--trials 20]`.

The same search runs with one worker and with two, in turn. Measured is the wall time per trial, from the
start of the first trial to the record of the last.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.peers import tables
from benchmarks.peers.contenders import OURS, Asked, run


def main() -> None:
    """Print the ratio at each size: minimum, median and maximum over the repeats."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[238, 5_000], help="238: purchasing; Telco")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--path", type=Path, help="the source's table; default: the embedded stand-in")
    given = parser.parse_args()
    print("| rows | ms a trial, one worker | two workers | times as fast |")
    print("|---|---|---|---|")
    for rows in given.rows:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            overrides = tuple(tables.write(folder, rows, given.path and given.path.absolute()))
            pairs = [
                [
                    1000
                    * run(
                        OURS, Asked(rows, given.trials, workers, overrides), folder / f"{n}-{workers}"
                    ).trial
                    for workers in (1, 2)
                ]
                for n in range(given.repeats)
            ]
        one, two = zip(*pairs, strict=True)
        ratios = [first / second for first, second in pairs]
        print(f"| {rows} | {_spread(one, 0)} | {_spread(two, 0)} | {_spread(ratios, 2)} |", flush=True)


def _spread(values: tuple[float, ...] | list[float], digits: int) -> str:
    low, middle, high = min(values), median(values), max(values)
    return f"{low:.{digits}f} - {middle:.{digits}f} - {high:.{digits}f}"


if __name__ == "__main__":
    main()
