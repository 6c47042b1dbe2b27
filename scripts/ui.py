"""Serve the MLflow UI of this project's store, on this machine only: python scripts/ui.py [PORT]."""

from __future__ import annotations

import sys

from cip_exp.app.commands.ui import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
