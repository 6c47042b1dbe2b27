"""Run the leakage audit alone: python scripts/audit.py FILE --target COLUMN, or data=… features=…"""

from __future__ import annotations

import sys

from cip_exp.app.commands.audit import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
