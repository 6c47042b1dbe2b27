"""The waiting times of a single `python train.py`: `python -m benchmarks.startup [--repeats 3]`.

A first run, which is not counted, creates the store and compiles the bytecode.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print minimum, median and maximum of each waiting time, in seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as outputs:
        _run(outputs)
        runs = [_run(outputs) for _ in range(repeats)]
        helps = [_run(outputs, "--help")[1] for _ in range(repeats)]
    waits = {
        "first score": [score for score, _ in runs],
        "recorded": [end for _, end in runs],
        "--help": helps,
    }
    for name, seconds in waits.items():
        print(f"{name}: {min(seconds):.2f} - {median(seconds):.2f} - {max(seconds):.2f} s")


def _run(outputs: str, *arguments: str) -> tuple[float, float]:
    """Return the seconds until the trial was scored, by its record, and until the command ended."""
    begun = time.time()
    environment = {**os.environ, "CIP_OUTPUTS": outputs}
    command = [sys.executable, "train.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    end = time.time() - begun
    records = Path(outputs).glob("runs/*/trials/0.json")
    scored = [json.loads(path.read_text(encoding="utf-8"))["ended"] for path in records]
    return max(scored) - begun, end


if __name__ == "__main__":
    main()
