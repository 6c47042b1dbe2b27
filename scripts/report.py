"""Write the HTML report of a sweep: python scripts/report.py SWEEP (folder, name, parent run id, latest)."""

from __future__ import annotations

import sys

from cip_exp.app.commands.report import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
