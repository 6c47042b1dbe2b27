"""Time and memory per trial of a trivial model, as a search gets longer.

    python benchmarks/sweep_cost.py             # 1,000 trials
    python benchmarks/sweep_cost.py --trials 300

Time is wall time per trial (two workers) over windows of a tenth of the search. Memory is the resident set of
the sweep's main process, from a fifth of the trials to the last.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hydra
import optuna
from omegaconf import DictConfig  # noqa: TC002 (Hydra reads the annotation)

from cip_exp.sweep.storage import study_storage


def job(cfg: DictConfig) -> float:
    """Return a score that costs almost no time."""
    return float((cfg.x - 0.3) ** 2 + cfg.y)


def search(sampler: str, trials: int, folder: Path) -> tuple[list[float], list[tuple[int, float]]]:
    """Run a search; return when each trial ended (s), and (finished trials, resident MiB) during the run."""
    place = [f"hydra.sweep.dir={folder}", f"hydra/sweeper/sampler={sampler}", "hydra.sweeper.sampler.seed=0"]
    space = ["+x=interval(0,1)", "+y=interval(0,1)", f"hydra.sweeper.n_trials={trials}"]
    plugins = ["-m", "hydra/sweeper=study", "hydra/launcher=pool"]
    quiet = ["hydra/job_logging=disabled", "hydra/hydra_logging=disabled"]
    command = [sys.executable, __file__, *plugins, *place, *space, *quiet]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    memory = []
    while running.poll() is None:
        time.sleep(0.25)
        done = sum(1 for entry in os.scandir(folder) if entry.is_dir()) if folder.exists() else 0
        if done:
            memory.append((done, resident(running.pid)))
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.load_study(study_name=folder.name, storage=study_storage.open_storage(None, folder))
    ends = [trial.datetime_complete.timestamp() for trial in study.trials if trial.datetime_complete]
    return sorted(ends), [one for one in memory if one[1]]


def resident(pid: int) -> float:
    """Return the resident set of a process in MiB; 0 where it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    sizes = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return int(sizes[0]) / 1024 if sizes else 0.0


def main() -> None:
    """Measure a random search and TPE, and print a table."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--trials", type=int, default=1000)
    trials = parser.parse_args().trials
    window = trials // 10
    print(f"{trials} trials, two workers: ms a trial, MiB")
    for sampler in ("random", "tpe"):
        with tempfile.TemporaryDirectory() as folder:
            ends, memory = search(sampler, trials, Path(folder, sampler))
        first = (ends[2 * window] - ends[window]) / window * 1000
        last = (ends[-1] - ends[-1 - window]) / window * 1000
        begun = next(size for done, size in memory if done >= trials / 5)
        print(f"{sampler:8} {first:6.1f} -> {last:6.1f} ({last / first:.2f}x)   ", end="")
        print(f"{begun:6.1f} -> {memory[-1][1]:6.1f} ({memory[-1][1] / begun - 1:+.1%})")


if __name__ == "__main__":
    if "-m" in sys.argv:
        hydra.main(config_path=None)(job)()
    else:
        main()
