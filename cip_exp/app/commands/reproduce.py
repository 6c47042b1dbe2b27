"""The command line of `scripts/reproduce.py`: 0 equal, 1 different, 2 bad input."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cip_exp.app.commands.exit_codes import exit_code_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Run a recorded trial again, and print what differs."""
    parser = argparse.ArgumentParser(prog="reproduce.py", description="Run a recorded trial again.")
    parser.add_argument(
        "run", metavar="RUN_ID", help="the id of a run in the store, SWEEP#NUMBER, or a folder"
    )
    parser.add_argument("--data", metavar="FILE", help="the table, where it was moved")
    given = parser.parse_args(list(argv))
    return exit_code_of(lambda: _run(given))


def _run(given: argparse.Namespace) -> int:
    from cip_exp.app.reproduction import reproduce
    from cip_exp.report import reproduction_table

    found = reproduce(given.run, given.data)
    reproduction_table.show(found.name, found.checks, found.differences, found.n_compared, found.left_out)
    return 0 if found.equal else 1
