"""The report's command line: a sweep in, the path of its page out, and the page in the store."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.report.page.source import Source


def main(argv: Sequence[str]) -> int:
    """Write the page, say where it is, and return the exit code."""
    from cip_exp.app.messages import explain_error, print_message

    parser = argparse.ArgumentParser(prog="report.py", description="The HTML report of a sweep.")
    parser.add_argument(
        "sweep", metavar="SWEEP", help="a folder, a name, a parent's run id, latest; or a single run's"
    )
    given = parser.parse_args(list(argv)).sweep
    try:
        from cip_exp.report.page.source import read_source
        from cip_exp.report.page.write import write

        source = read_source(given)
        path = write(source)
        sys.stdout.write(f"{path}\n")
        _log(source, path)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        code, text = explain_error(error)
        if code is None:
            raise
        print_message(text)
        return code
    return 0


def _log(source: Source, path: Path) -> None:
    """Put the page with its run in the store; where the store is not to be had, the file is enough."""
    from mlflow.exceptions import MlflowException

    from cip_exp.errors import ConfigError
    from cip_exp.report.page.source import recorded_run
    from cip_exp.track import address, connect

    run_id = recorded_run(source)
    outputs = Path(os.environ.get("CIP_OUTPUTS", "outputs"))
    asked = source.trials[0].params.get("track.uri", "None")
    try:
        uri = address.resolve(None if asked == "None" else asked, outputs)
        file = address.database_file(uri)
        if run_id is None or (file is not None and not file.exists()):
            return
        connect.connect(uri, outputs).client.log_artifact(run_id, str(path))
    except (ConfigError, MlflowException) as error:
        sys.stderr.write(f"the page is not in the store: {str(error).splitlines()[0]}\n")
