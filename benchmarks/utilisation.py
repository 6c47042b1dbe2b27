"""Utilisation of two workers on trials of lengths 1:5: our sweeper against the stock sweeper with joblib.

    python -m benchmarks.utilisation            # 60 trials of 0.3 to 1.5 s, three times each in turn
    python -m benchmarks.utilisation --quick    # 16 trials, once

Utilisation is the time inside jobs, divided by workers × the time from the start of the first job to the end
of the last; imports are not counted. Jobs only sleep, so the speed of the machine does not matter. Its load
lengthens the pauses between jobs, for both alike: it is printed with each round.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hydra
from omegaconf import DictConfig  # noqa: TC002 (Hydra reads the annotation)

WORKERS = 2
CONTENDERS = {
    "study + pool": ["hydra/sweeper=study", "hydra/launcher=pool"],
    "stock Optuna sweeper + joblib": [
        "hydra/sweeper=optuna",
        "hydra/launcher=joblib",
        "hydra.launcher.n_jobs=2",
    ],
}


def job(cfg: DictConfig) -> float:
    """Sleep for a time that depends on the trial's number, and write start and end to a file."""
    begun = time.time()
    # Lengths 1 to 5, in an order that is the same for both contenders.
    time.sleep(cfg.unit * (1 + 4 * ((cfg.hydra_number * 7) % 11) / 10))
    Path(cfg.spans).joinpath(f"{cfg.hydra_number}.json").write_text(json.dumps([begun, time.time()]))
    return float(cfg.x)


def run(name: str, trials: int, unit: float) -> float:
    """Run one contender in its own processes; return its utilisation, from 0 to 1."""
    with tempfile.TemporaryDirectory() as folder:
        spans = Path(folder, "spans")
        spans.mkdir()
        keys = [f"+unit={unit}", f"+spans={spans}", "+hydra_number=${hydra:job.num}"]
        search = ["+x=interval(0,1)", f"hydra.sweeper.n_trials={trials}", f"hydra.sweeper.n_jobs={WORKERS}"]
        sampler = ["hydra/sweeper/sampler=tpe", "hydra.sweeper.sampler.seed=0"]
        place = [f"hydra.sweep.dir={folder}/sweep"]
        line = [sys.executable, __file__, "-m", *CONTENDERS[name], *keys, *search, *sampler, *place]
        subprocess.run(line, check=True, capture_output=True, text=True)
        times = [json.loads(path.read_text()) for path in spans.iterdir()]
    busy = sum(end - begun for begun, end in times)
    elapsed = max(end for _, end in times) - min(begun for begun, _ in times)
    return busy / (WORKERS * elapsed)


def main() -> None:
    """Measure both in turn, and print minimum, median and maximum of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    given = parser.parse_args()
    trials, rounds = (16, given.rounds or 1) if given.quick else (60, given.rounds or 3)
    print(f"{trials} trials, lengths 1:5, {WORKERS} workers on {os.cpu_count()} cores")
    found: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for number in range(rounds):
        for name, shares in found.items():
            shares.append(run(name, trials, unit=0.3))
            load = os.getloadavg()[0]
            print(f"round {number + 1}  {name:32} {shares[-1]:6.1%}   load {load:.1f}", flush=True)
    for name, shares in found.items():
        least, most = min(shares), max(shares)
        print(f"{name:32} {least:.1%} – {statistics.median(shares):.1%} – {most:.1%}")


if __name__ == "__main__":
    if "-m" in sys.argv:
        hydra.main(config_path=None)(job)()
    else:
        main()
