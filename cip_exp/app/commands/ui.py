"""The command line of `scripts/ui.py`: serve the MLflow UI of this project's store on 127.0.0.1."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cip_exp.app.commands.exit_codes import exit_code_of
from cip_exp.errors import ConfigError, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

HOST, PORT = "127.0.0.1", 5001
# One browser needs one worker: MLflow starts four and a job queue by default. It also warns about itself.
SERVER = ["-W", "ignore:starlette.middleware.wsgi", "-m", "mlflow", "ui", "--host", HOST, "--workers", "1"]
ENVIRONMENT = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def main(argv: Sequence[str]) -> int:
    """Print the address, serve the UI until it is stopped, and return the exit code."""
    parser = argparse.ArgumentParser(prog="ui.py", description="Open the MLflow UI on this machine alone.")
    parser.add_argument("port", metavar="PORT", nargs="*", help=f"1 to 65535; {PORT} where it is not given")
    given = parser.parse_args(list(argv))
    return exit_code_of(lambda: _run(given.port))


def _run(argv: Sequence[str]) -> int:
    from cip_exp.track import ui_view

    port = _read_port(argv)
    uri, path = ui_view.share(None, Path(os.environ.get("CIP_OUTPUTS", "outputs")))
    is_server = uri.startswith("http")
    print(f"{uri if is_server else f'http://{HOST}:{port}'}{path}\nover {uri}", flush=True)
    if is_server:
        return 0  # a tracking server has a UI of its own
    os.environ.update(ENVIRONMENT | os.environ)
    command = [sys.executable, *SERVER, "--port", str(port), "--backend-store-uri", uri]
    if os.name == "posix":
        os.execv(sys.executable, command)  # this process becomes the server, so that its process id stops it
    return subprocess.run(command, check=False).returncode


def _read_port(argv: Sequence[str]) -> int:
    """Return the port of the command line; raises a ConfigError where it is not valid or not free."""
    text = argv[0] if argv else str(PORT)
    port = int(text) if text.isdecimal() else 0
    if len(argv) > 1 or not 0 < port < 65536:
        what = f"'{' '.join(argv)}' is not a port"
        raise ConfigError(describe(what, "the command line", "python scripts/ui.py [PORT], 1 to 65535"))
    if not _is_free(port):
        other = next((each for each in range(port + 1, min(port + 100, 65536)) if _is_free(each)), "another")
        what, step = f"port {port} is taken; {other} is free", f"python scripts/ui.py {other}"
        raise ConfigError(describe(what, HOST, "a free port", step))
    return port


def _is_free(port: int) -> bool:
    """Return whether no process listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0
