"""Compare two sweeps or runs, or one sweep's cells: python scripts/compare.py A [B]."""

from __future__ import annotations

import sys

from cip_exp.app.commands.compare import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
