"""Run a recorded trial again and compare every metric: python scripts/reproduce.py RUN_ID|SWEEP#NUMBER."""

from __future__ import annotations

import sys

from cip_exp.app.commands.reproduce import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
