"""Open the MLflow UI over this project's store, on this machine alone: python scripts/ui.py [PORT]."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from cip_exp.app.messages import print_message
from cip_exp.errors import ConfigError, UserError, describe
from cip_exp.track import ui_view

HOST, PORT = "127.0.0.1", 5001
# MLflow starts four workers and a queue of jobs, which one browser never needs; and it warns of itself.
SERVER = ["-W", "ignore:starlette.middleware.wsgi", "-m", "mlflow", "ui", "--host", HOST, "--workers", "1"]
WITHOUT = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def free(port: int) -> bool:
    """Tell whether nothing listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def wanted_port(arguments: list[str]) -> int:
    """Return the port that was asked for, if it can be had."""
    text = arguments[0] if arguments else str(PORT)
    port = int(text) if text.isdecimal() else 0
    if len(arguments) > 1 or not 0 < port < 65536:
        what = f"'{' '.join(arguments)}' is no port"
        raise ConfigError(describe(what, "the command line", "python scripts/ui.py [PORT], 1 to 65535"))
    if not free(port):
        other = next((each for each in range(port + 1, min(port + 100, 65536)) if free(each)), "another")
        what, step = f"port {port} is taken; {other} is free", f"python scripts/ui.py {other}"
        raise ConfigError(describe(what, HOST, "a free port", step))
    return port


def main(arguments: list[str]) -> int:
    """Start the UI and wait for it; 2 where that cannot be."""
    try:
        port = wanted_port(arguments)
        uri, path = ui_view.share(None, Path(os.environ.get("CIP_OUTPUTS", "outputs")))
    except UserError as error:
        print_message(str(error))
        return 2
    here = not uri.startswith("http")
    print(f"{f'http://{HOST}:{port}' if here else uri}{path}\nover {uri}", flush=True)
    if not here:
        return 0  # the store is a server, and shows itself
    os.environ.update(WITHOUT | os.environ)
    command = [sys.executable, *SERVER, "--port", str(port), "--backend-store-uri", uri]
    if os.name == "posix":
        os.execv(sys.executable, command)  # this process becomes the server, so that its id stops it
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
