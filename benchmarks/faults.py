"""Kill a search or a worker at random moments, resume it, and check that nothing is lost or repeated.

    python benchmarks/faults.py                 # 20 moments
    python benchmarks/faults.py --moments 2

Each round starts a search of 12 trials, kills the sweep (even rounds) or one of its workers (odd rounds) with
SIGKILL at a random moment, and resumes the search where needed. Afterwards every trial must be complete
exactly once, with the parameters and values of an uninterrupted run, and no process may be left.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hydra
import optuna
from omegaconf import DictConfig  # noqa: TC002 (Hydra reads the annotation)

from cip_exp.sweep.storage import study_storage

TRIALS = 12
LENGTH = 0.15


def job(cfg: DictConfig) -> float:
    """Sleep, and return a score."""
    time.sleep(LENGTH)
    return float((cfg.x - 0.3) ** 2)


def command(folder: Path, *, resume: bool) -> list[str]:
    """Return the search's command line."""
    plugins = ["-m", "hydra/sweeper=study", "hydra/launcher=pool", "hydra/sweeper/sampler=random"]
    keys = ["+x=interval(0,1)", f"hydra.sweeper.n_trials={TRIALS}", "hydra.sweeper.sampler.seed=5"]
    place = [f"hydra.sweep.dir={folder}", f"hydra.sweeper.resume={str(resume).lower()}"]
    quiet = ["hydra/job_logging=disabled", "hydra/hydra_logging=disabled"]
    return [sys.executable, __file__, *plugins, *keys, *place, *quiet]


def children(pid: int) -> list[int]:
    """Return the ids of the processes that a process has started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def found(folder: Path) -> list[tuple[int, str, object, object]]:
    """Return number, state, parameters and values of every trial in a sweep's folder."""
    study = optuna.load_study(study_name="s", storage=study_storage.open_storage(None, folder))
    return [(trial.number, trial.state.name, trial.params, trial.values) for trial in study.trials]


def kill(pid: int) -> None:
    """Send SIGKILL to a process that this benchmark started."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def interrupted(folder: Path, moment: float, *, the_sweep: bool) -> list[tuple[int, str, object, object]]:
    """Run a search, kill one of its processes after `moment` seconds, finish it, and return its trials."""
    running = subprocess.Popen(command(folder, resume=False), stderr=subprocess.DEVNULL)
    time.sleep(moment)
    workers = children(running.pid)
    if the_sweep:
        kill(running.pid)
    elif workers:
        kill(random.choice(workers))
    running.wait()
    workers += children(running.pid)
    if running.returncode:
        subprocess.run(command(folder, resume=True), check=True)
    until = time.monotonic() + 2
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < until:
        time.sleep(0.05)
    left = [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    if left:
        message = f"processes {left} were still running after their sweep"
        raise RuntimeError(message)
    return found(folder)


def main() -> int:
    """Kill processes of searches at random moments; return how many searches had a different result."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with tempfile.TemporaryDirectory() as root:
        begun = time.monotonic()
        subprocess.run(command(Path(root, "whole", "s"), resume=False), check=True)
        length = time.monotonic() - begun
        whole = found(Path(root, "whole", "s"))
        wrong = 0
        for number in range(arguments.moments):
            moment = random.uniform(0, length)
            same = interrupted(Path(root, str(number), "s"), moment, the_sweep=number % 2 == 0) == whole
            wrong += not same
            who = "sweep" if number % 2 == 0 else "worker"
            print(f"{number:3} {who:6} at {moment:4.1f} of {length:.1f} s: {'same' if same else 'DIFFERENT'}")
    print(f"{arguments.moments - wrong} of {arguments.moments} had the result of an uninterrupted search")
    return wrong


if __name__ == "__main__":
    if "-m" in sys.argv:
        hydra.main(config_path=None)(job)()
    else:
        sys.exit(bool(main()))
