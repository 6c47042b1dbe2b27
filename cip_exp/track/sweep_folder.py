"""The folder of a sweep: each finished trial is one small file, written whole or not at all.

Tables, winners and resumed sweeps are made from these files, with any launcher and with or without an MLflow
store.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cip_exp.records.trial import Trial
from cip_exp.track.old_records import split_notes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

CONFIRM = "confirm"
"""Below the folder of a search: records of its best trials, scored again on fresh splits."""
FIGURES = "figures.json"


def write_trial(folder: Path, trial: Trial, oof: NDArray[np.float64] | None = None) -> None:
    """Write `trials/<number>.json`, and the out-of-fold predictions as `oof/<number>.npz` first."""
    if oof is not None:
        path = folder / "oof" / f"{trial.number}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, oof=oof.astype(np.float32))
    path = folder / "trials" / f"{trial.number}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(vars(trial)), encoding="utf-8")
    partial.replace(path)


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the trials that have left a record, in rising order."""
    return sorted(int(path.stem) for path in (folder / "trials").glob("*.json"))


def read_trial(folder: Path, number: int) -> Trial | None:
    """Return one trial of the folder; None where it did not finish."""
    path = folder / "trials" / f"{number}.json"
    return _trial(path) if path.exists() else None


def read_trials(folder: Path) -> list[Trial]:
    """Return every trial of the folder, by number."""
    found = [_trial(path) for path in (folder / "trials").glob("*.json")]
    return sorted(found, key=lambda trial: trial.number)


def read_oof(folder: Path, number: int) -> NDArray[np.float64]:
    """Return a trial's out-of-fold predictions, shape (replicates, n), NaN where there is none."""
    with np.load(folder / "oof" / f"{number}.npz") as stored:
        return np.asarray(stored["oof"], dtype=np.float64)


def _trial(path: Path) -> Trial:
    values = json.loads(path.read_text(encoding="utf-8"))
    trial = Trial(**(values if "winner_notes" in values else split_notes(values)))
    folds = {name: tuple(scores) for name, scores in trial.folds.items()}
    return replace(
        trial,
        folds=folds,
        overrides=tuple(trial.overrides),
        reasons=tuple(trial.reasons),
        notes=tuple(trial.notes),
        winner_notes=tuple(trial.winner_notes),
    )


def delete_trial(folder: Path, number: int) -> None:
    """Delete the record of a trial and its out-of-fold predictions."""
    for path in (folder / "trials" / f"{number}.json", folder / "oof" / f"{number}.npz"):
        path.unlink(missing_ok=True)


def write_figures(folder: Path, figures: Mapping[str, float]) -> None:
    """Write the metrics of the parent run."""
    (folder / FIGURES).write_text(json.dumps(figures, indent=1), encoding="utf-8")


def read_figures(folder: Path) -> dict[str, float]:
    """Return the metrics of the parent run as written last; empty where the sweep has not ended yet."""
    path = folder / FIGURES
    found: dict[str, float] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files by name; the folder is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def write_parent(folder: Path, run_id: str) -> None:
    """Remember which run in the store is the parent of this sweep."""
    (folder / "parent_run_id").write_text(run_id, encoding="utf-8")


def read_parent(folder: Path) -> str | None:
    """Return the parent's run id; None for a sweep without a store."""
    path = folder / "parent_run_id"
    return path.read_text(encoding="utf-8").strip() if path.exists() else None
