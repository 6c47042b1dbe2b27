"""The audit's command line: a file and its target, or the configuration's data and features.

0 nothing new was found; 1 a leak, copies or degenerate data that the baseline does not know; 2 bad input.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.audit.case import Audit

PIPE_WIDTH = 140
EPILOG = "Instead of a file, overrides of the configuration: data=purchasing features=clean model=rf_clv"


def main(argv: Sequence[str]) -> int:
    """Audit, print, and return the exit code."""
    from cip_exp.app.messages import explain_error, print_message

    try:
        return _run(_parse(argv))
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        code, text = explain_error(error)
        if code is None:
            raise
        print_message(text)
        return code


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="audit.py", description="The leakage audit alone.", epilog=EPILOG)
    parser.add_argument("what", nargs="+", metavar="FILE", help="a CSV file, or overrides such as data=telco")
    parser.add_argument("--target", metavar="COLUMN")
    parser.add_argument(
        "--task", choices=["churn", "clv"], help="told by the target's values where not given"
    )
    parser.add_argument("--positive", metavar="VALUE", help="the value of the target that counts as 1")
    for role in ("id", "time", "group"):
        parser.add_argument(f"--{role}", metavar="COLUMN")
    parser.add_argument("--drop", default="", metavar="A,B", help="columns that are no features")
    parser.add_argument("--format", choices=["table", "json", "sarif"], default="table")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="what is known does not count")
    parser.add_argument("--write-baseline", type=Path, metavar="FILE", help="make what is found the baseline")
    return parser.parse_args(list(argv))


def _run(args: argparse.Namespace) -> int:
    from cip_exp.audit import output

    known = output.read_baseline(args.baseline) if args.baseline else set()
    overrides = all("=" in word for word in args.what) and not Path(args.what[0]).exists()
    audit = _configured(args) if overrides else _file(args)
    source = " ".join(args.what)
    if args.format == "table":
        from rich.console import Console

        # Into a file or a pipe there is no width to keep to.
        output.print_table(audit, known, Console(width=None if sys.stdout.isatty() else PIPE_WIDTH))
    else:
        tree = output.to_json(audit) if args.format == "json" else output.to_sarif(audit, source)
        sys.stdout.write(json.dumps(tree, indent=2, ensure_ascii=False) + "\n")
    if args.write_baseline:
        output.write_baseline(audit, args.write_baseline)
        return 0
    return 1 if output.new_findings(audit, known) else 0


def _file(args: argparse.Namespace) -> Audit:
    from cip_exp.audit.from_file import Roles, read_case
    from cip_exp.audit.runner import audit

    if len(args.what) > 1:
        what = f"Several things to audit: {' '.join(args.what)}."
        raise ConfigError(
            describe(what, "the command line", "one FILE, or overrides such as data=purchasing")
        )
    if args.target is None:
        what = "The target is not named."
        raise ConfigError(describe(what, "the command line", "FILE --target COLUMN, or data=… features=…"))
    drop = tuple(name.strip() for name in args.drop.split(",") if name.strip())
    roles = Roles(args.target, args.task, args.positive, args.id, args.time, args.group, drop)
    return audit(read_case(Path(args.what[0]), roles))


def _configured(args: argparse.Namespace) -> Audit:
    """Audit the cell that `train.py` would run with these overrides."""
    from cip_exp.audit.from_features import audit_features
    from cip_exp.config.load import compose
    from cip_exp.data import catalog
    from cip_exp.evaluation import split
    from cip_exp.features.build import build

    roles = ("target", "task", "positive", "id", "time", "group", "drop")
    given = next((role for role in roles if getattr(args, role)), None)
    if given is not None:
        step = nearest(f"data.{given}", ("data.target", "data.task", f"data.{given}"))
        what = f"--{given} belongs to a file."
        raise ConfigError(describe(what, "the command line", f"data=csv data.{given}=…", step))
    settings = compose(args.what)
    task = settings.model.task
    features = build(catalog.load(settings.data, task), settings.features, task)
    divided = split.plan(features, settings.split, settings.seeds, settings.replicates)
    return audit_features(features, divided)
