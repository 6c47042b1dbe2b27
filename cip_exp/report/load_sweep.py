"""Load a recorded sweep as a data frame, by its folder, its name, its parent's run id, or `latest`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cip_exp.errors import DataError, describe, nearest
from cip_exp.records.grouping import REPLICATE_KEYS, overrides_of, scores_by_seed
from cip_exp.report import tables
from cip_exp.track import sweep_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cip_exp.records.trial import Trial

RUN_ID = re.compile(r"[0-9a-f]{32}")
"""The form of MLflow's run ids."""


def load_sweep(sweep: str | Path) -> pd.DataFrame:
    """Return one row per trial: number, run id, state, overrides, tags without `cip.`, every metric.

    Args:
        sweep: a sweep's folder, its name below outputs/sweeps, its parent's MLflow run id, or `latest`.

    Raises:
        DataError: there is no such sweep, or it holds no finished trial.
    """
    return tables.trials_table(read(find_sweep(sweep)))


def load_folds(sweep: str | Path) -> pd.DataFrame:
    """Return one row per fold of every complete trial: number, overrides, seed, fold, metric, score.

    Two trials with the same data and split scored the same rows in the same seed and fold.
    Arguments and errors are those of `load_sweep`.
    """
    rows = []
    for trial in read(find_sweep(sweep)):
        if trial.state == "complete":
            overrides = {k: value for k, value in overrides_of(trial).items() if k not in REPLICATE_KEYS}
            rows += [
                {"number": trial.number, **overrides, "seed": seed, "fold": fold, "metric": trial.primary,
                 "score": score}
                for seed, scores in scores_by_seed(trial).items() for fold, score in enumerate(scores)
            ]  # fmt: skip
    return pd.DataFrame(rows)


def read(found: Path) -> list[Trial]:
    """Return the trials of a folder.

    Raises:
        DataError: there is no finished trial in it.
    """
    trials = sweep_folder.read_trials(found)
    if not trials:
        what = f"sweep '{found.name}' holds no finished trial"
        raise DataError(describe(what, str(found), "a sweep with a trials folder"))
    return trials


def find_sweep(sweep: str | Path) -> Path:
    """Return the folder of a sweep; see `load_sweep`."""
    given, sweeps = Path(sweep), recorded("sweeps")
    if (given / "trials").is_dir():
        return given
    if str(sweep) == "latest" and sweeps:
        return sweeps[-1]
    for path in sweeps:
        if str(sweep) in (path.name, sweep_folder.read_parent(path)):
            return path
    raise DataError(_unknown("sweep", str(sweep), sweeps, "a folder, a name, a parent run id, or latest"))


def find_trials(given: str | Path) -> tuple[Path, list[Trial]]:
    """Return the folder and the trials of a sweep, of a single run, or of one trial by its MLflow run id.

    Raises:
        DataError: there is no such sweep, run or trial, or no finished trial in it.
    """
    sweeps, runs = recorded("sweeps"), recorded("runs")
    for path in runs:
        if str(given) == path.name:
            return path, read(path)
    parents = [sweep_folder.read_parent(path) for path in sweeps]
    if RUN_ID.fullmatch(str(given)) and given not in parents:
        for path in (*sweeps, *runs):
            mine = [number for number in sweep_folder.numbers(path) if _holds(path, number, str(given))]
            if mine:
                return path, [found for found in (sweep_folder.read_trial(path, n) for n in mine) if found]
    try:
        path = find_sweep(given)
    except DataError:
        known = "a folder, a name, a run id (of a sweep, a trial or a single run), or latest"
        raise DataError(_unknown("sweep or run", str(given), [*runs, *sweeps], known)) from None
    return path, read(path)


def recorded(kind: str) -> list[Path]:
    """Return the folders in outputs/`kind` that hold trials, the newest last."""
    root = Path(os.environ.get("CIP_OUTPUTS", "outputs")) / kind
    return sorted(
        (path.parent for path in root.glob("*/trials")), key=lambda p: (p / "trials").stat().st_mtime
    )


def _holds(path: Path, number: int, run_id: str) -> bool:
    """Return whether a record is of this run, by its text: parsing takes longer."""
    return f'"run_id": "{run_id}"' in (path / "trials" / f"{number}.json").read_text(encoding="utf-8")


def _unknown(what: str, given: str, known: Sequence[Path], allowed: str) -> str:
    root = Path(os.environ.get("CIP_OUTPUTS", "outputs")) / "sweeps"
    names = [path.name for path in known]
    step = nearest(given, names) or (
        f"the newest is {names[-1]}" if names else "there is none yet: python train.py -m … makes one"
    )
    return describe(f"there is no {what} '{given}'", str(root), allowed, step)
