"""The command line of `scripts/report.py`: write the HTML report of a sweep, and log it to the store."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cip_exp.app.commands.exit_codes import exit_code_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.report.page.source import Source


def main(argv: Sequence[str]) -> int:
    """Write the report, print its path, and return the exit code."""
    parser = argparse.ArgumentParser(prog="report.py", description="Write the HTML report of a sweep.")
    parser.add_argument(
        "sweep",
        metavar="SWEEP",
        help="a folder, a name, a parent run id, latest; or the folder, name or run id of a single run",
    )
    parser.add_argument(
        "--store",
        metavar="ADDRESS",
        help="the tracking store to log the report to; default: MLFLOW_TRACKING_URI, or that of the outputs",
    )
    given = parser.parse_args(list(argv))
    return exit_code_of(lambda: _run(given.sweep, given.store))


def _run(sweep: str, store: str | None) -> None:
    from cip_exp.report.page.source import read_source
    from cip_exp.report.page.write import write

    source = read_source(sweep)
    path = write(source)
    sys.stdout.write(f"{path}\n")
    _log(source, path, store)


def _log(source: Source, path: Path, store: str | None) -> None:
    """Log the report as an artifact of its run; where the store does not have the run, the file is enough.

    The record names a store too. It may come from someone else, so nothing is sent there.
    """
    from mlflow.exceptions import MlflowException

    from cip_exp.errors import ConfigError
    from cip_exp.report.page.source import recorded_run
    from cip_exp.track import address, connect

    run_id = recorded_run(source)
    outputs = Path(os.environ.get("CIP_OUTPUTS", "outputs"))
    try:
        uri = address.resolve(store, outputs)
        file = address.database_file(uri)
        if run_id is None or (file is not None and not file.exists()):
            return
        connect.connect(uri, outputs).client.log_artifact(run_id, str(path))
    except (ConfigError, MlflowException) as error:
        sys.stderr.write(f"the report was not logged to the store: {str(error).splitlines()[0]}\n")
