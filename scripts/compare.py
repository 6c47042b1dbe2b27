"""Two sweeps or runs, or one sweep's cells, with corrected statistics: python scripts/compare.py A [B]."""

from __future__ import annotations

import argparse
import math
import sys

PIPE_WIDTH = 200
EPILOG = "A, B: a folder, a name, an MLflow run id (of a sweep, a single run or one trial), or latest."


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="compare.py", description=__doc__, epilog=EPILOG)
    parser.add_argument("sweep", metavar="A", help="alone: all of its cells with each other")
    parser.add_argument("other", metavar="B", nargs="?", help="cells of the same name are compared")
    parser.add_argument("--rope", type=float, default=0.01, help="a difference this small does not matter")
    parser.add_argument("--unpaired", action="store_true", help="compare as independent what shares no folds")
    parser.add_argument("--format", choices=["table", "json"], default="table")
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> None:
    """Compare and print."""
    from rich.console import Console

    from cip_exp.errors import ConfigError, DataError, describe
    from cip_exp.report.comparison import comparison_table
    from cip_exp.report.comparison.compare_cells import compare_cells, refusals

    if not (args.rope >= 0 and math.isfinite(args.rope)):
        raise ConfigError(describe(f"--rope {args.rope} is no range", "the command line", "a number from 0"))
    frame = compare_cells(args.sweep, args.other, rope=args.rope, unpaired=args.unpaired)
    if not (frame["reason"] == "").any():
        what = f"no two cells can be compared: {'; '.join(refusals(frame)[:4])}"
        allowed = "cells of one task, on the same data, split and seeds"
        raise DataError(describe(what, "the command line", allowed, "" if args.unpaired else "or --unpaired"))
    if args.format == "json":
        sys.stdout.write(comparison_table.to_json(frame, args.rope) + "\n")
    else:
        comparison_table.show(frame, args.rope, Console(width=None if sys.stdout.isatty() else PIPE_WIDTH))


def main() -> int:
    """Run, and put what goes wrong in words: 2 for the user's mistakes."""
    from cip_exp.app.commands.exit_codes import exit_code_of

    def entered() -> None:
        run(parse(sys.argv[1:]))

    return exit_code_of(entered)


if __name__ == "__main__":
    sys.exit(main())
