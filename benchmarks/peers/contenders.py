"""Start each contender, and measure its run: seconds per trial, and processor seconds in total."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.peers import task
from benchmarks.peers.apps.bare import FIT_SECONDS
from benchmarks.peers.tables import LARGE, LARGE_TREES, TREES

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
APPS = "benchmarks.peers.apps"
OURS, BARE_STOCK, BARE_OWN = "cip_exp", "bare fits, scikit-learn", "bare fits, cip_exp.forest"
PEERS = {
    "Hydra + stock Optuna sweeper + MLflow": "basic",
    "the same with the joblib launcher": "joblib",
    "Optuna + MLflow": "optuna_mlflow",
    "RandomizedSearchCV + autolog": "sklearn_search",
    "Ray Tune + MLflow callback": "ray_tune",
}


@dataclass(frozen=True)
class Asked:
    """One comparison."""

    rows: int
    trials: int
    workers: int
    overrides: tuple[str, ...]
    """With these the project uses the table of the task."""


@dataclass(frozen=True)
class Run:
    """One contender's run."""

    trial: float
    """Wall seconds from the first trial's start to the last record, divided by the number of trials."""
    startup: float
    """Wall seconds before the first trial's start."""
    processor: float
    """Processor seconds of the whole command, in all its processes."""
    trials: int
    trees: int
    records: int
    """Runs of trials in its MLflow store."""
    fits: float = 0.0
    """Seconds per trial in the forest's fit, where the contender reports them; shows the machine's speed."""


def names(workers: int) -> list[str]:
    """Return the peers that can run here: joblib with several workers only, Ray where it is installed."""
    peers = [name for name in PEERS if workers > 1 or PEERS[name] != "joblib"]
    return [name for name in peers if PEERS[name] != "ray_tune" or find_spec("ray")]


def run(name: str, asked: Asked, folder: Path) -> Run:
    """Run one contender in its own processes; `folder` is new, inside the folder with `task.pkl`."""
    folder.mkdir()
    _make_store(folder)
    used, begun = _processor(), time.time()
    environment = {**os.environ, task.FOLDER: str(folder), "CIP_OUTPUTS": str(folder), "PYTHONPATH": _path()}
    given = subprocess.run(
        _command(name, asked, folder), check=False, capture_output=True, text=True, cwd=ROOT, env=environment
    )
    if given.returncode:
        sys.exit(f"{name} ended with {given.returncode}:\n{given.stdout[-2000:]}\n{given.stderr[-4000:]}")
    used = _processor() - used
    start, end, trees, trials, fits = _read_own(folder) if name == OURS else _read_marks(folder)
    return Run((end - start) / trials, start - begun, used, trials, trees, _records(folder), fits / trials)


def _command(name: str, asked: Asked, folder: Path) -> list[str]:
    python, trials, workers = sys.executable, str(asked.trials), str(asked.workers)
    if name == OURS:
        return [python, "train.py", *_own_arguments(asked)]
    if name in (BARE_STOCK, BARE_OWN):
        return [python, "-m", f"{APPS}.bare", "stock" if name == BARE_STOCK else "own", "1"]
    app = PEERS[name]
    if app not in ("basic", "joblib"):
        return [python, "-m", f"{APPS}.{app}", trials, workers]
    launcher = ["hydra/launcher=joblib", f"hydra.launcher.n_jobs={workers}"] if app == "joblib" else []
    return [
        python, "-m", f"{APPS}.hydra_mlflow", "-m", "hydra/sweeper=optuna", "hydra/sweeper/sampler=tpe",
        f"hydra.sweeper.sampler.seed={task.SAMPLER_SEED}", "hydra.sweeper.direction=maximize",
        f"hydra.sweeper.n_trials={trials}", f"hydra.sweeper.n_jobs={workers}", *launcher,
        f"hydra.sweep.dir={folder}/sweep", *(f"+{each}" for each in _space(asked)),
    ]  # fmt: skip


def _own_arguments(asked: Asked) -> Sequence[str]:
    return [
        "-m", "hparams_search=rf_churn", *asked.overrides, f"hydra.sweeper.n_trials={asked.trials}",
        f"hydra.sweeper.n_jobs={asked.workers}", "hydra.sweeper.study_name=ours", "confirm.top=0",
        f"hydra.sweeper.sampler.seed={task.SAMPLER_SEED}", "hydra.sweeper.deduplicate=false",
        "hydra.sweeper.params=null", *(f"model.{each}" for each in _space(asked)),
    ]  # fmt: skip


def _space(asked: Asked) -> list[str]:
    trees = TREES if asked.rows < LARGE else LARGE_TREES
    ranges = task.ranges(trees)
    written = [f"{name}=range({low},{high + 1})" for name, (low, high) in ranges.items()]
    return [*written, f"max_features=choice({','.join(map(str, task.FEATURES))})"]


def _path() -> str:
    return os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))


def _make_store(folder: Path) -> None:
    """Make an empty MLflow store with both experiments, which takes seconds and is not measured."""
    from cip_exp.config.run_schemas import EXPERIMENT
    from cip_exp.track.connect import connect

    for experiment in (EXPERIMENT, "peers"):
        connect(None, folder, experiment)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _read_marks(folder: Path) -> tuple[float, float, int, int, float]:
    lines = [line.split() for line in (folder / "marks").read_text().splitlines()]
    start, end = min(float(each[0]) for each in lines), max(float(each[1]) for each in lines)
    reported = folder / FIT_SECONDS
    fits = float(reported.read_text()) if reported.exists() else 0.0
    return start, end, sum(int(each[2]) for each in lines), sum(int(each[3]) for each in lines), fits


def _read_own(folder: Path) -> tuple[float, float, int, int, float]:
    """Read times and counts from the sweep's folder; the results file is written after the last record."""
    sweep = folder / "sweeps" / "ours"
    done = [json.loads(path.read_text()) for path in sorted((sweep / "trials").glob("*.json"))]
    end = (sweep / "optimization_results.yaml").stat().st_mtime
    params = [
        {name: _number(each["params"][f"model.{name}"]) for name in (*task.ranges(TREES), "max_features")}
        for each in done
    ]
    (folder.parent / "params.json").write_text(json.dumps(params))
    trees = sum(int(each["n_estimators"]) for each in params)
    fits = sum(each["metrics"]["fit_seconds"] for each in done)
    return min(each["started"] for each in done), end, trees, len(done), fits


def _number(text: str) -> int | float | str:
    return text if text == "sqrt" else float(text) if "." in text else int(text)


def _records(folder: Path) -> int:
    """Count the runs of trials: those with a cross-validated score, less the parents of a search."""
    query = "SELECT count(DISTINCT run_uuid) FROM latest_metrics WHERE key IN ({}) AND run_uuid NOT IN ({})"
    parents = "SELECT value FROM tags WHERE key = 'mlflow.parentRunId'"
    scored = "'cv_f1_mean', 'mean_test_f1'"
    with closing(sqlite3.connect(folder / "mlflow.db")) as database:
        return int(database.execute(query.format(scored, parents)).fetchone()[0])
