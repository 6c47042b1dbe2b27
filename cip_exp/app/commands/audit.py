"""The command line of `scripts/audit.py`: audit a file, or the data and features of a configuration.

Exit codes: 0 no new finding; 1 a leak, duplicates or degenerate data outside the baseline; 2 bad input.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cip_exp.app.commands.exit_codes import exit_code_of
from cip_exp.errors import ConfigError, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from cip_exp.audit.case import Audit
    from cip_exp.audit.ignore import Ignored
    from cip_exp.audit.output.baseline import Key

PIPE_WIDTH = 140
"""Width of the table where the output is not a terminal."""
EPILOG = "Instead of a file, overrides of the configuration: data=purchasing features=clean model=rf_clv"
ROLES = {
    "--id": "the column that identifies a row; not a feature",
    "--time": "the column with the date on which a row was known",
    "--group": "the column whose values must stay on one side of a split",
}
FILE_EPILOG = "After a FILE, any key of data=csv is allowed, such as 'data.categorical=[zip]'."


@dataclass(frozen=True, eq=False)
class Audited:
    """An audit, and what the terminal says besides it."""

    audit: Audit
    reading: tuple[str, ...] = ()
    """How a file was read."""
    ignored: tuple[Ignored, ...] = ()
    """What the configuration ignores."""
    offer: str = ""
    """What is not checked without a split; empty where there is one."""
    advise: Callable[[Sequence[str]], Sequence[str]] = tuple
    """Returns the commands that follow an accusation of some columns."""


def main(argv: Sequence[str]) -> int:
    """Audit, print, and return the exit code."""
    args = _parse(argv)
    return exit_code_of(lambda: _run(args))


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    description = "Audit a table for leakage, duplicates and degenerate data."
    parser = argparse.ArgumentParser(
        prog="audit.py", description=description, epilog=f"{EPILOG} {FILE_EPILOG}"
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="FILE",
        help="a table (CSV, Parquet, Excel), or overrides such as data=telco",
    )
    parser.add_argument("--target", metavar="COLUMN", help="the column to predict; required for a file")
    parser.add_argument("--task", choices=["churn", "clv"], help="default: chosen from the target's values")
    parser.add_argument("--positive", metavar="VALUE", help="the value of the target that counts as 1")
    for role, text in ROLES.items():
        parser.add_argument(role, metavar="COLUMN", help=text)
    parser.add_argument("--drop", default="", metavar="A,B", help="columns that are not features")
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="CODE",
        help="checks without effect on the verdict: CIP007, missingness, or CIP007:COLUMN for one column",
    )  # fmt: skip
    parser.add_argument(
        "--split", metavar="NAME", help="split the file as train.py would: stratified, grouped, temporal, …"
    )
    parser.add_argument(
        "--columns", action="store_true", help="show how each column of the file was read; audit nothing"
    )
    parser.add_argument("--format", choices=["table", "json", "sarif"], default="table")
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="known findings, without effect on the exit code"
    )
    parser.add_argument(
        "--write-baseline", type=Path, metavar="FILE", help="write the findings as a baseline and exit with 0"
    )
    return parser.parse_intermixed_args(list(argv))


def _run(args: argparse.Namespace) -> int:
    from cip_exp.audit.ignore import parse_ignored, without_ignored
    from cip_exp.audit.output import baseline

    known = baseline.read_baseline(args.baseline) if args.baseline else set()
    args.ignore = [word for given in args.ignore for word in given.split(",") if word.strip()]
    ignored = parse_ignored(args.ignore, "--ignore")
    overrides = all("=" in word for word in args.inputs) and not Path(args.inputs[0]).exists()
    if args.columns:
        return _show_columns(args)
    done = _audit_configuration(args) if overrides else _audit_file(args)
    done = replace(done, audit=without_ignored(done.audit, [*ignored, *done.ignored]))
    _print(args, done, known)
    if args.write_baseline:
        baseline.write_baseline(done.audit, args.write_baseline)
        return 0
    return 1 if baseline.new_findings(done.audit, known) else 0


def _print(args: argparse.Namespace, done: Audited, known: Collection[Key]) -> None:
    from cip_exp.audit.output.audit_json import to_json
    from cip_exp.audit.output.findings_table import print_table
    from cip_exp.audit.output.sarif import to_sarif

    if args.format == "table":
        from rich.console import Console

        console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
        print_table(
            done.audit, known, console, done.offer, done.reading, done.advise(done.audit.leaking_columns)
        )
        return
    tree = to_json(done.audit) if args.format == "json" else to_sarif(done.audit, " ".join(args.inputs))
    sys.stdout.write(json.dumps(tree, indent=2, ensure_ascii=False) + "\n")


def _show_columns(args: argparse.Namespace) -> int:
    """Print how each column of a file was read."""
    from cip_exp.app.commands.file_options import file_options
    from cip_exp.data.csv_table import read_file
    from cip_exp.report.columns_table import columns_json, print_columns

    path, options = file_options(args)
    found = {key: options[key] for key in options if key not in ("task", "positive", "lineage", "target")}
    reading = read_file(path, options.get("target"), **found).reading
    if args.format == "table":
        print_columns(reading, None if sys.stdout.isatty() else PIPE_WIDTH)
    else:
        sys.stdout.write(columns_json(reading) + "\n")
    return 0


def _audit_file(args: argparse.Namespace) -> Audited:
    from cip_exp.app.commands.accusation import commands_without
    from cip_exp.app.commands.file_options import file_options
    from cip_exp.audit.from_file import read_case
    from cip_exp.audit.output.findings_table import NO_SPLIT
    from cip_exp.audit.runner import audit
    from cip_exp.report.columns_table import reading_lines

    path, options = file_options(args)
    if options.get("target") is None:
        what = "The target is not named."
        allowed = "FILE --target COLUMN, or data=… features=…"
        step = f"python scripts/audit.py {args.inputs[0]} --columns lists the columns"
        raise ConfigError(describe(what, "the command line", allowed, step))
    case, table = read_case(path, split=args.split, **options)
    return Audited(
        audit(case),
        tuple(reading_lines(table.reading)),
        offer="" if args.split else f"{NO_SPLIT} Add --split stratified (or grouped, temporal).",
        advise=lambda accused: commands_without(args, options, case, accused),
    )


def _audit_configuration(args: argparse.Namespace) -> Audited:
    """Audit the data, features and split that `train.py` would use with these overrides."""
    from cip_exp.audit.from_features import audit_features
    from cip_exp.audit.ignore import parse_ignored
    from cip_exp.audit.without_accused import leave_out_lines
    from cip_exp.config.load import compose
    from cip_exp.data import catalog
    from cip_exp.evaluation.split import split_rows
    from cip_exp.features.build import build

    roles = ("target", "task", "positive", "id", "time", "group", "drop", "split")
    given = next((role for role in roles if getattr(args, role)), None)
    if given is not None:
        what = f"--{given} is allowed with a FILE only."
        step = "write split=…" if given == "split" else f"write data=csv data.{given}=…"
        raise ConfigError(describe(what, "the command line", "overrides of the configuration", step))
    settings = compose(args.inputs)
    task = settings.model.task
    features = build(catalog.load(settings.data), settings.features, task)
    divided = split_rows(features, settings.split, settings.seeds, settings.replicates)
    return Audited(
        audit_features(features, divided),
        ignored=parse_ignored(settings.audit.ignore, "configuration key 'audit.ignore'"),
        advise=lambda accused: leave_out_lines(features, accused, settings),
    )
