"""The command line of `scripts/audit.py`: audit a file, or the data and features of a configuration.

Exit codes: 0 no new finding; 1 a leak, duplicates or degenerate data outside the baseline; 2 bad input.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cip_exp.app.commands.exit_codes import exit_code_of
from cip_exp.errors import ConfigError, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.audit.case import Audit

PIPE_WIDTH = 140
"""Width of the table where the output is not a terminal."""
EPILOG = "Instead of a file, overrides of the configuration: data=purchasing features=clean model=rf_clv"
ROLES = {
    "--id": "the column that identifies a row; not a feature",
    "--time": "the column with the date on which a row was known",
    "--group": "the column whose values must stay on one side of a split",
}
FILE_EPILOG = "After a FILE, any key of data=csv is allowed, such as 'data.categorical=[zip]'."


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
    from cip_exp.audit.output import baseline
    from cip_exp.audit.output.audit_json import to_json
    from cip_exp.audit.output.findings_table import print_table
    from cip_exp.audit.output.sarif import to_sarif

    known = baseline.read_baseline(args.baseline) if args.baseline else set()
    overrides = all("=" in word for word in args.inputs) and not Path(args.inputs[0]).exists()
    if args.columns:
        return _show_columns(args)
    audit = _audit_configuration(args) if overrides else _audit_file(args)
    source = " ".join(args.inputs)
    if args.format == "table":
        from rich.console import Console

        print_table(audit, known, Console(width=None if sys.stdout.isatty() else PIPE_WIDTH))
    else:
        tree = to_json(audit) if args.format == "json" else to_sarif(audit, source)
        sys.stdout.write(json.dumps(tree, indent=2, ensure_ascii=False) + "\n")
    if args.write_baseline:
        baseline.write_baseline(audit, args.write_baseline)
        return 0
    return 1 if baseline.new_findings(audit, known) else 0


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


def _audit_file(args: argparse.Namespace) -> Audit:
    from cip_exp.app.commands.file_options import file_options
    from cip_exp.audit.from_file import read_case
    from cip_exp.audit.runner import audit
    from cip_exp.report.columns_table import reading_lines

    path, options = file_options(args)
    if options.get("target") is None:
        what = "The target is not named."
        allowed = "FILE --target COLUMN, or data=… features=…"
        step = f"python scripts/audit.py {args.inputs[0]} --columns lists the columns"
        raise ConfigError(describe(what, "the command line", allowed, step))
    case, table = read_case(path, **options)
    if args.format == "table":
        for line in reading_lines(table.reading):
            sys.stdout.write(f"{line}\n")
    return audit(case)


def _audit_configuration(args: argparse.Namespace) -> Audit:
    """Audit the data, features and split that `train.py` would use with these overrides."""
    from cip_exp.audit.from_features import audit_features
    from cip_exp.config.load import compose
    from cip_exp.data import catalog
    from cip_exp.evaluation.split import split_rows
    from cip_exp.features.build import build

    roles = ("target", "task", "positive", "id", "time", "group", "drop")
    given = next((role for role in roles if getattr(args, role)), None)
    if given is not None:
        what = f"--{given} is allowed with a FILE only."
        step = f"write data=csv data.{given}=…"
        raise ConfigError(describe(what, "the command line", "overrides of the configuration", step))
    settings = compose(args.inputs)
    task = settings.model.task
    features = build(catalog.load(settings.data), settings.features, task)
    divided = split_rows(features, settings.split, settings.seeds, settings.replicates)
    return audit_features(features, divided)
