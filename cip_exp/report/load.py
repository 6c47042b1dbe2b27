"""A recorded sweep as a data frame, found by its folder, its name, its parent's run id, or `latest`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cip_exp.errors import DataError, describe, nearest
from cip_exp.report import tables
from cip_exp.track import folder

if TYPE_CHECKING:
    import pandas as pd


def load_sweep(sweep: str | Path) -> pd.DataFrame:
    """Return a row a trial: number, run id, state, what it was asked, tags without `cip.`, every metric.

    Args:
        sweep: a sweep's folder, its name below outputs/sweeps, its parent's MLflow run id, or `latest`.

    Raises:
        DataError: there is no such sweep, or it holds no finished trial.
    """
    found = find_sweep(sweep)
    trials = folder.read_trials(found)
    if not trials:
        msg = describe(f"sweep '{sweep}' holds no finished trial", str(found), "a sweep with a trials folder")
        raise DataError(msg)
    return tables.trials_table(trials)


def find_sweep(sweep: str | Path) -> Path:
    """Return the folder of a sweep; see `load_sweep`."""
    given = Path(sweep)
    if (given / "trials").is_dir():
        return given
    root = Path(os.environ.get("CIP_OUTPUTS", "outputs")) / "sweeps"
    sweeps = sorted(
        (path.parent for path in root.glob("*/trials")), key=lambda path: (path / "trials").stat().st_mtime
    )
    if str(sweep) == "latest" and sweeps:
        return sweeps[-1]
    for path in sweeps:
        if str(sweep) in (path.name, folder.read_parent(path)):
            return path
    names = [path.name for path in sweeps]
    msg = describe(
        f"there is no sweep '{sweep}'", str(root), "a folder, a name, a parent run id, or latest",
        nearest(str(sweep), names) or f"the newest is {names[-1] if names else 'none yet'}",
    )  # fmt: skip
    raise DataError(msg)
