"""Compare the speed of the project with its peers, on the same rows, folds and space; prints ratios.

    python -m benchmarks.peers --rows 238 --trials 40 --workers 1 --repeats 3 [--path CSV]
    python -m benchmarks.peers --quick

The contenders run in turn, each in its own processes, with an existing MLflow store on sqlite. Time is wall
time from the start of the first trial to the last record, divided by the number of trials; start-up is not
included and has its own column. Bare fits are only the fits and predictions, of the configurations that this
project tried; the other contenders draw their own from the same space.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.peers import tables
from benchmarks.peers.contenders import BARE_OWN, BARE_STOCK, OURS, Asked, Run, names, run


def compare(
    asked: Asked, repeats: int, folder: Path, only: list[str] | None = None, stock: bool = True
) -> list[dict[str, Run]]:
    """Run each contender `repeats` times, in turn; without `stock`, leave out scikit-learn's own fits."""
    others = names(asked.workers) if only is None else only
    bare = [*([BARE_STOCK] if stock else []), BARE_OWN] if asked.workers == 1 else []
    found = []
    for repeat in range(repeats):
        # Ours runs first, since bare fits repeat its configurations.
        order = [OURS, *bare, *others]
        found.append({name: run(name, asked, folder / f"{repeat}-{at}") for at, name in enumerate(order)})
    return found


def page(found: list[dict[str, Run]], asked: Asked) -> str:
    """Return the table in Markdown."""
    lines = [
        f"{asked.rows} rows, {asked.trials} trials, {asked.workers} worker(s), {len(found)} repeats: "
        "minimum - median - maximum",
        "| | ms a trial | times ours | processor s, whole command | start-up s | trees | recorded |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in found[0]:
        runs = [each[name] for each in found]
        values = [
            _spread([1000 * each.trial for each in runs], 0),
            _spread([each[name].trial / each[OURS].trial for each in found], 2),
            _spread([each.processor for each in runs], 1),
            _spread([each.startup for each in runs], 1),
            str(runs[0].trees),
            str(runs[0].records),
        ]
        lines.append(f"| {name} | {' | '.join(values)} |")
    if BARE_OWN in found[0]:
        own = [1000 * _own_cost(each[OURS], each[BARE_OWN]) for each in found]
        lines.append(f"\nthe harness' own cost: {_spread(own, 1)} ms a trial beyond fits and predictions")
    if {BARE_OWN, BARE_STOCK} <= found[0].keys():
        shares = [100 * cost / (1000 * each[BARE_STOCK].trial) for cost, each in zip(own, found, strict=True)]
        lines.append(f"that is {_spread(shares, 1)} % of what scikit-learn's own fits take on this machine")
    return "\n".join(lines)


def _own_cost(ours: Run, bare: Run) -> float:
    """Return the seconds of a trial beyond its fits and predictions, corrected for the speed of the machine.

    The time of the fits shows how fast the machine was, compared with the bare run; it may differ by half.
    """
    return ours.trial - bare.trial * ours.fits / bare.fits


def _spread(values: list[float], digits: int) -> str:
    low, middle, high = min(values), median(values), max(values)
    return f"{low:.{digits}f} - {middle:.{digits}f} - {high:.{digits}f}"


def main() -> None:
    """Print one table for each size, budget and number of workers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--rows", type=int, nargs="+", default=[238, 240], help="238 is purchasing, others Telco"
    )
    parser.add_argument("--trials", type=int, nargs="+", default=[40])
    parser.add_argument("--workers", type=int, nargs="+", default=[1])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--path", type=Path, help="the source's table; default: the embedded stand-in")
    parser.add_argument("--only", nargs="*", help="peers by name; none for bare fits alone")
    parser.add_argument("--without-stock", action="store_true", help="leave out scikit-learn's own fits")
    parser.add_argument("--quick", action="store_true", help="two trials of each on 238 rows, once")
    given = parser.parse_args()
    if given.quick:
        given.rows, given.trials, given.workers, given.repeats = [238], [2], [1], 1
    for rows in given.rows:
        for trials in given.trials:
            for workers in given.workers:
                with tempfile.TemporaryDirectory() as folder:
                    overrides = tables.write(Path(folder), rows, given.path and given.path.absolute())
                    asked = Asked(rows, trials, workers, tuple(overrides))
                    stock = not given.without_stock
                    found = compare(asked, given.repeats, Path(folder), given.only, stock)
                    print(page(found, asked), flush=True)


if __name__ == "__main__":
    main()
