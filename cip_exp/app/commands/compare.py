"""The command line of `scripts/compare.py`: compare two sweeps or runs, or the cells of one sweep."""

from __future__ import annotations

import argparse
import math
import sys
from typing import TYPE_CHECKING

from cip_exp.app.commands.exit_codes import exit_code_of

if TYPE_CHECKING:
    from collections.abc import Sequence

PIPE_WIDTH = 200
DESCRIPTION = "Compare two sweeps or runs, or the cells of one sweep, with corrected statistics."
EPILOG = "A, B: a folder, a name, an MLflow run id (of a sweep, a single run or one trial), or latest."


def main(argv: Sequence[str]) -> int:
    """Compare, print, and return the exit code."""
    given = _parse(argv)
    return exit_code_of(lambda: _run(given))


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="compare.py", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("sweep", metavar="A", help="alone: all of its cells with each other")
    parser.add_argument("other", metavar="B", nargs="?", help="cells of the same name are compared")
    parser.add_argument(
        "--rope",
        type=float,
        default=0.01,
        help="the largest difference that does not matter, in the metric's unit",
    )
    parser.add_argument(
        "--unpaired", action="store_true", help="compare cells without shared folds as independent"
    )
    parser.add_argument("--format", choices=["table", "json"], default="table")
    return parser.parse_args(list(argv))


def _run(given: argparse.Namespace) -> None:
    from rich.console import Console

    from cip_exp.errors import ConfigError, DataError, describe
    from cip_exp.report.comparison import comparison_table
    from cip_exp.report.comparison.compare_cells import compare_cells, refusals

    if not (given.rope >= 0 and math.isfinite(given.rope)):
        what = f"--rope {given.rope} is not allowed"
        raise ConfigError(describe(what, "the command line", "a finite number of 0 or more"))
    frame = compare_cells(given.sweep, given.other, rope=given.rope, unpaired=given.unpaired)
    if not (frame["reason"] == "").any():
        what = f"no two cells can be compared: {'; '.join(refusals(frame)[:4])}"
        allowed = "cells of one task, on the same data, split and seeds"
        raise DataError(
            describe(what, "the command line", allowed, "" if given.unpaired else "or --unpaired")
        )
    if given.format == "json":
        sys.stdout.write(comparison_table.to_json(frame, given.rope) + "\n")
    else:
        console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, markup=False)
        comparison_table.show(frame, given.rope, console)
