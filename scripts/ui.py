"""Open the MLflow UI over this project's store, on this machine alone: python scripts/ui.py [PORT]."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

HOST, PORT = "127.0.0.1", 5001


def free(port: int) -> bool:
    """Tell whether nothing listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def main() -> int:
    """Start the UI and wait for it; 2 where the port is taken."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else PORT
    outputs = Path(os.environ.get("CIP_OUTPUTS", "outputs")).resolve()
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{outputs / 'mlflow.db'}"
    if not free(port):
        other = next(candidate for candidate in range(port + 1, port + 100) if free(candidate))
        sys.stderr.write(f"port {port} is taken; {other} is free: python scripts/ui.py {other}\n")
        return 2
    sys.stdout.write(f"http://{HOST}:{port} over {uri}\n")
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "ui",
        "--host",
        HOST,
        "--port",
        str(port),
        "--backend-store-uri",
        uri,
    ]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(sys.executable, command)  # this process becomes the server, so that its id stops it
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
