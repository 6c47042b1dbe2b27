"""Kill real tracked searches at random moments, resume them, and compare what Optuna, MLflow and the tables hold.

    python -m benchmarks.faults_tracked                    # 20 rounds, about 20 s each
    python -m benchmarks.faults_tracked --rounds 10 --between 0.1 0.4

By turns: the sweep is killed; the sweep and then its resumption; a worker, after which it must go on by itself.
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

from cip_exp.sweep import storage

ROOT = Path(__file__).parents[1]
TRIALS, NAME = 8, "faults"
TURNS = ("sweep", "sweep twice", "worker")
EXPERIMENT = "Customer_Intelligence_Platform"


def start(outputs: Path, *, resume: bool) -> subprocess.Popen[str]:
    """Start the search, or its resumption, with its messages in outputs/stderr.txt."""
    outputs.mkdir(parents=True, exist_ok=True)
    keys = ("-m", "hparams_search=rf_churn", "model.n_estimators=10", f"hydra.sweeper.n_trials={TRIALS}")
    named = (f"hydra.sweeper.study_name={NAME}", f"hydra.sweeper.resume={str(resume).lower()}")
    environment = {name: text for name, text in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    with (outputs / "stderr.txt").open("w") as errors:
        return subprocess.Popen(
            [sys.executable, "train.py", *keys, *named], cwd=ROOT, text=True,
            env={**environment, "CIP_OUTPUTS": str(outputs)}, stdout=subprocess.DEVNULL, stderr=errors,
        )  # fmt: skip


def workers(pid: int) -> list[int]:
    """Return the forks of a sweep: its children with its own command line (git's are not)."""

    def command(process: int) -> bytes:
        try:
            return Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            return b""

    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(child) for child in found if command(int(child)) == command(pid)]


def hit(running: subprocess.Popen[str], moment: float, *, worker: bool) -> str:
    """Kill the sweep, or one of its workers, after `moment` seconds; return what was hit."""
    until = time.monotonic() + moment
    while time.monotonic() < until or (worker and not workers(running.pid)):
        if running.poll() is not None:
            return "nothing, it had ended"
        time.sleep(0.01)
    pid = random.choice(workers(running.pid)) if worker else running.pid
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return "nothing, it had ended"
    return "a worker" if worker else "the sweep"


def violations(outputs: Path) -> list[str]:
    """Return what is wrong with a search that has reached its end."""
    from mlflow import MlflowClient

    folder, client = outputs / "sweeps" / NAME, MlflowClient(f"sqlite:///{outputs / 'mlflow.db'}")
    study = optuna.load_study(study_name=NAME, storage=storage.open_storage(None, folder))
    told = {trial.number: trial.value for trial in study.trials if trial.state.name == "COMPLETE"}
    runs = list(client.search_runs([client.get_experiment_by_name(EXPERIMENT).experiment_id]))
    parents = [run for run in runs if run.data.tags["cip.kind"] == "sweep"]
    parent = parents[0].info.run_id
    children = [run for run in runs if run.data.tags.get("mlflow.parentRunId") == parent]
    numbers = sorted(int(run.data.tags["cip.trial_number"]) for run in children)
    logged = {int(run.data.tags["cip.trial_number"]): run.data.metrics["objective"] for run in children}
    crowned = [run for run in children if run.data.tags.get("cip.winner") == "true"]
    table = pd.read_csv(folder / "trials.csv")
    every = list(range(TRIALS))
    checks = {
        "Optuna holds each trial once, complete": [trial.number for trial in study.trials]
        == sorted(told)
        == every,
        "one parent, FINISHED": [run.info.status for run in parents] == ["FINISHED"],
        "each trial is one child": numbers == every and len(runs) == TRIALS + 1,
        "no run is left RUNNING": {run.info.status for run in runs} == {"FINISHED"},
        "the same objectives in both": logged == told,
        "one winner, the only one with a holdout": [run for run in children if "test_f1" in run.data.metrics]
        == crowned
        and len(crowned) == 1,
        "the parent counts them": parents[0].data.metrics.get("n_complete") == TRIALS,
        "trials.csv names them": set(table["run_id"]) == {run.info.run_id for run in children},
    }
    return [name for name, holds in checks.items() if not holds]


def disturbed(outputs: Path, moments: list[float], turn: str) -> tuple[list[str], list[str]]:
    """Run a search that is hit at each of `moments`, bring it to its end; return what was hit and is wrong."""
    seen, running, hits = set[int](), start(outputs, resume=False), []
    for moment in moments:
        hits.append(hit(running, moment, worker=turn == "worker"))
        seen.update(workers(running.pid))
        code = running.wait(timeout=300)
        if code != -signal.SIGKILL:
            break
        running = start(outputs, resume=True)
    code = running.wait(timeout=300)
    if code:
        return hits, [f"exit code {code}: {(outputs / 'stderr.txt').read_text().strip()[-1500:]}"]
    left = [pid for pid in seen if Path(f"/proc/{pid}").exists()]
    return hits, violations(outputs) + ([f"processes {left} outlived their sweep"] if left else [])


def main() -> int:
    """Hit searches at random moments; return 1 where any came out wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--between", type=float, nargs=2, default=(0.1, 1.0), help="part of a search's length"
    )
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    wrong = 0
    with tempfile.TemporaryDirectory() as root:
        begun = time.monotonic()
        disturbed(Path(root, "whole"), [], "sweep")
        length = time.monotonic() - begun
        print(f"undisturbed: {length:.1f} s; violations: {violations(Path(root, 'whole'))}", flush=True)
        for number in range(arguments.rounds):
            turn = TURNS[number % 3]
            moments = [
                length * random.uniform(*arguments.between) for _ in range(1 + (turn == "sweep twice"))
            ]
            hits, found = disturbed(Path(root, str(number)), moments, turn)
            wrong += bool(found)
            at = ", ".join(f"{one} at {moment:.1f} s" for one, moment in zip(hits, moments, strict=False))
            print(f"{number:3} {at}: {'; '.join(found) or 'nothing lost, nothing twice'}", flush=True)
    print(f"{arguments.rounds - wrong} of {arguments.rounds} searches came out whole")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
