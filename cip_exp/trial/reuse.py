"""Trials that need not be run again: the same configuration, data, seeds and code, already complete.

Code is the same where both commits are, and neither had changes on top: of a changed checkout nobody can say
what it was.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from cip_exp.track import sweep_folder
from cip_exp.track.provenance import git_state
from cip_exp.trial.prepare import prepare

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial


Key = tuple[str, ...]
TAGS = ("cip.config_hash", "cip.data_sha256", "cip.seed", "cip.git_commit")


def find(settings: Settings, own: Path, *, open_holdout: bool) -> tuple[Trial, Path] | None:
    """Return a complete trial of another sweep that answers for this one, and its folder; None without any.

    Args:
        settings: of the trial that is asked for.
        own: the folder of the running sweep.
        open_holdout: whether it is to have the holdout's scores.
    """
    commit, dirty = git_state()
    if not settings.track.reuse or not commit or dirty != "false":
        return None
    seeds = ",".join(str(seed) for seed in settings.replicates)
    data = prepare(settings).features.table.sha256
    for found, where in _known(settings.outputs / "sweeps").get(
        (settings.config_hash, data, seeds, commit), ()
    ):
        opened = f"test_{found.primary}" in found.metrics
        if where != own and (opened or not open_holdout):
            return found, where
    return None


def adopt(found: Trial, number: int, overrides: tuple[str, ...], *, open_holdout: bool) -> Trial:
    """Return the record under its new number, marked with the run it was taken from."""
    tags = {name: value for name, value in found.tags.items() if name in ORDINARY or name in TAGS}
    tags["cip.reused_from"] = found.run_id or "a sweep without a store"
    metrics = {
        name: value for name, value in found.metrics.items() if open_holdout or not name.startswith("test_")
    }
    return replace(found, number=number, overrides=overrides, tags=tags, metrics=metrics, run_id=None)


ORDINARY = tuple(
    f"cip.{name}"
    for name in (
        "task", "model", "features", "split", "data", "git_dirty", "versions", "state", "verdict", "overfit",
        "meets_criteria", "band",
    )
)  # fmt: skip
"""Tags that say what a trial is; those of its place in a sweep are not taken over."""


@cache
def _known(sweeps: Path) -> dict[Key, list[tuple[Trial, Path]]]:
    """Return the complete trials of a clean checkout below `sweeps`, read once a process."""
    known: dict[Key, list[tuple[Trial, Path]]] = {}
    for where in sorted(path.parent for path in sweeps.glob("*/trials")):
        for found in sweep_folder.read_trials(where):
            if found.state == "complete" and found.tags.get("cip.git_dirty") == "false":
                known.setdefault(tuple(found.tags[tag] for tag in TAGS), []).append((found, where.resolve()))
    return known
