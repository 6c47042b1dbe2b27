"""Reuse complete trials of other sweeps with the same configuration, data, seeds and code.

Code counts as the same where the commits are equal and neither checkout had uncommitted changes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from cip_exp.records.vocabulary import HOLDOUT, OF_BASELINES, Tag, holdout_metric
from cip_exp.track import sweep_folder
from cip_exp.track.provenance import git_state
from cip_exp.trial.prepare import prepare

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial


Key = tuple[str, ...]
TAGS = (Tag.CONFIG_HASH, Tag.DATA_SHA256, Tag.SEED, Tag.GIT_COMMIT)


def find(settings: Settings, own: Path, *, open_holdout: bool) -> tuple[Trial, Path] | None:
    """Return an equal, complete trial of another sweep and its folder; None where there is none.

    Args:
        settings: of the trial.
        own: the folder of the running sweep.
        open_holdout: whether the trial needs scores on the holdout.
    """
    commit, dirty = git_state()
    if not settings.track.reuse or not commit or dirty != "false":
        return None
    seeds = ",".join(str(seed) for seed in settings.replicates)
    data = prepare(settings).features.table.sha256
    for found, where in _known(settings.outputs / "sweeps").get(
        (settings.config_hash, data, seeds, commit), ()
    ):
        opened = holdout_metric(found.primary) in found.metrics
        if where != own and (opened or not open_holdout):
            return found, where
    return None


def adopt(found: Trial, number: int, overrides: tuple[str, ...], *, open_holdout: bool) -> Trial:
    """Return the record under its new number, with the run that it was taken from as a tag."""
    tags = {name: value for name, value in found.tags.items() if name in REUSED_TAGS}
    tags[Tag.REUSED_FROM] = found.run_id or "a sweep without a store"
    metrics = {
        name: value
        for name, value in found.metrics.items()
        if (open_holdout or not name.startswith(HOLDOUT)) and not name.startswith(OF_BASELINES)
    }
    return replace(
        found, number=number, overrides=overrides, tags=tags, metrics=metrics, run_id=None, winner_notes=()
    )


REUSED_TAGS = (
    *TAGS, Tag.TASK, Tag.MODEL, Tag.FEATURES, Tag.SPLIT, Tag.DATA, Tag.GIT_DIRTY, Tag.VERSIONS, Tag.STATE,
    Tag.VERDICT, Tag.OVERFIT, Tag.MEETS_CRITERIA, Tag.BAND,
)  # fmt: skip
"""Tags of the trial itself; tags of its place in a sweep are not taken over."""


@cache
def _known(sweeps: Path) -> dict[Key, list[tuple[Trial, Path]]]:
    """Return the complete trials of a clean checkout below `sweeps`, read once a process."""
    known: dict[Key, list[tuple[Trial, Path]]] = {}
    for where in sorted(path.parent for path in sweeps.glob("*/trials")):
        for found in sweep_folder.read_trials(where):
            if found.state == "complete" and found.tags.get(Tag.GIT_DIRTY) == "false":
                known.setdefault(tuple(found.tags[tag] for tag in TAGS), []).append((found, where.resolve()))
    return known
