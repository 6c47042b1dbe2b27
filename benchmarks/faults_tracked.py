"""Kill tracked searches at random moments, resume them, and compare Optuna, MLflow and the tables.

    python -m benchmarks.faults_tracked --rounds 20 --between 0.1 0.95

In turn: the sweep is killed; the sweep and its resumption are killed; a worker is killed, after which the
sweep must continue by itself. A round takes 60 s.
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

import optuna
import pandas as pd

from benchmarks.faults import children, kill
from cip_exp.config.run_schemas import EXPERIMENT
from cip_exp.sweep.storage import study_storage

TRIALS, NAME, MISSED = 8, "faults", "nothing, it had ended"
CONFIRM = 2
SEARCH = (
    "-m", "hparams_search=rf_churn", "model.n_estimators=10", f"hydra.sweeper.n_trials={TRIALS}",
    f"confirm.top={CONFIRM}", "confirm.repeats=1",
)  # fmt: skip


def start(outputs: Path, *, resume: bool) -> subprocess.Popen[str]:
    """Start or resume the search; its messages go to outputs/stderr.txt."""
    named = (f"hydra.sweeper.study_name={NAME}", f"hydra.sweeper.resume={str(resume).lower()}")
    environment = {name: text for name, text in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    environment["CIP_OUTPUTS"] = str(outputs)
    outputs.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "train.py", *SEARCH, *named]
    with (outputs / "stderr.txt").open("w") as err:
        root = Path(__file__).parents[1]
        return subprocess.Popen(
            command, cwd=root, env=environment, text=True, stdout=subprocess.DEVNULL, stderr=err
        )


def workers(pid: int) -> list[int]:
    """Return the worker processes of a sweep: forks of its main process, or of its fork server."""
    found = []
    for child in children(pid):
        server = b"forkserver" in command(child)
        found += children(child) if server else [child] * (command(child) == command(pid))
    return found


def command(pid: int) -> bytes:
    """Return the command line of a process; empty where it has ended."""
    path = Path(f"/proc/{pid}/cmdline")
    try:
        return path.read_bytes()
    except OSError:
        return b""


def kill_after(running: subprocess.Popen[str], moment: float, *, worker: bool) -> tuple[str, list[int]]:
    """Kill the sweep or a worker after `moment` seconds; return what was killed, and all workers."""
    time.sleep(moment)
    while running.poll() is None:
        found = workers(running.pid)
        time.sleep(0.05 * worker)
        # A fork that becomes another program (git, the fork server) is no worker at the second check.
        pids = [pid for pid in workers(running.pid) if pid in found] if worker else [running.pid]
        if pids:
            kill(random.choice(pids))
            return f"{'a worker' if worker else 'the sweep'} at {moment:.1f} s", found
    return MISSED, []


def holdout_opened(outputs: Path, since: float) -> bool:
    """Return whether a search has saved a winner's model since then, for which it opened the holdout."""
    return any(path.stat().st_mtime > since for path in (outputs / "sweeps" / NAME / "models").glob("*"))


def violations(outputs: Path, openings: int) -> list[str]:
    """Return what is wrong with a finished search that opened the holdout at least `openings` times."""
    from mlflow import MlflowClient

    folder, client = outputs / "sweeps" / NAME, MlflowClient(f"sqlite:///{outputs / 'mlflow.db'}")
    study = optuna.load_study(study_name=NAME, storage=study_storage.open_storage(None, folder))
    states = [(trial.number, trial.state.name) for trial in study.trials]
    runs = list(client.search_runs([client.get_experiment_by_name(EXPERIMENT).experiment_id]))
    (parent, *others) = [run for run in runs if run.data.tags["cip.kind"] == "sweep"]
    below = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    search = [run for run in below if run.data.tags["cip.stage"] == "search"]
    confirmed = [run.data.tags.get("cip.confirms") for run in below if run not in search]
    logged = sorted((int(run.data.tags["cip.trial_number"]), run.data.metrics["objective"]) for run in search)
    winners = [run for run in search if run.data.tags.get("cip.winner") == "true"]
    listed = sorted(pd.read_csv(folder / "trials.csv")["run_id"])
    opened = parent.data.metrics.get("holdout_openings", 0)
    checks = {
        "not each trial once in Optuna": states == [(number, "COMPLETE") for number in range(TRIALS)],
        "not each once in MLflow, alike": logged == [(trial.number, trial.value) for trial in study.trials],
        "not the best confirmed, once each": len(set(confirmed)) == len(confirmed) == CONFIRM,
        "runs outside the one parent": not others and len(runs) == 1 + len(below),
        "a run is not FINISHED": {run.info.status for run in runs} == {"FINISHED"},
        "not one winner": len(winners) == 1,
        "holdouts opened": [run for run in below if "test_f1" in run.data.metrics] == winners,
        f"{opened:g} openings counted, and {openings} seen": opened >= max(1, openings),
        "the parent has another count": parent.data.metrics.get("n_complete") == TRIALS,
        "trials.csv has other runs": listed == sorted(run.info.run_id for run in search),
    }
    return [name for name, holds in checks.items() if not holds]


def interrupted(outputs: Path, moments: list[float], *, worker: bool) -> tuple[list[str], list[str]]:
    """Run and finish a search, killed at each of `moments`; return what was killed, and what is wrong."""
    seen, killed, openings, begun = list[int](), list[str](), 0, time.time()
    running = start(outputs, resume=False)
    for moment in moments:
        what, found = kill_after(running, moment, worker=worker)
        killed.append(what)
        seen += found
        if running.wait(timeout=600) != -signal.SIGKILL:
            break
        openings, begun = openings + holdout_opened(outputs, begun), time.time()
        running = start(outputs, resume=True)
    if code := running.wait(timeout=600):
        return killed, [f"exit code {code}: {(outputs / 'stderr.txt').read_text().strip()[-600:]}"]
    left = [f"process {pid} was still running after its sweep" for pid in seen if command(pid)]
    return killed, violations(outputs, openings + holdout_opened(outputs, begun)) + left


def main() -> int:
    """Kill searches at random moments; return 1 where any has a wrong result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--between", type=float, nargs=2, default=(0.1, 0.95), help="parts of its length")
    given = parser.parse_args()
    random.seed(given.seed)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    wrong = 0
    with tempfile.TemporaryDirectory() as root:
        begun = time.monotonic()
        print("not killed:", interrupted(Path(root, "whole"), [], worker=False)[1] or "complete", flush=True)
        length = time.monotonic() - begun
        for number in range(given.rounds):
            killed, found = [MISSED], list[str]()
            while killed[0] == MISSED and not found:
                moments = [length * random.uniform(*given.between) for _ in range(1 + (number % 3 == 1))]
                killed, found = interrupted(Path(tempfile.mkdtemp(dir=root)), moments, worker=number % 3 == 2)
            wrong += bool(found)
            result = "; ".join(found) or "nothing lost or duplicated"
            print(f"{number:3} {', '.join(killed)}: {result}", flush=True)
    print(f"{given.rounds - wrong} of {given.rounds} searches are complete; one takes {length:.1f} s")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
