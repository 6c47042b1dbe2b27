"""The store that the settings name, and a trial's way into it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from cip_exp.runtime import without_gc
from cip_exp.track import connect

if TYPE_CHECKING:
    from pathlib import Path

    from cip_exp.config.settings import Settings
    from cip_exp.records.trial import Trial
    from cip_exp.track.connect import Store


def open_store(settings: Settings) -> Store | None:
    """Open the store that the settings name, once a process; None with track=off."""
    if settings.track.name == "off":
        return None
    return _store(settings.track.uri, settings.outputs, settings.track.experiment)


def check_store(settings: Settings) -> None:
    """Make sure that the store of the settings can be opened; cheaper than opening it, where it is known.

    Raises:
        ConfigError: as `open_store`.
    """
    if settings.track.name != "off":
        connect.check_store(settings.track.uri, settings.outputs, settings.track.experiment)


@cache
def _store(uri: str | None, outputs: Path, experiment: str) -> Store:
    with without_gc():  # MLflow's import
        return connect.open_store(uri, outputs, experiment)


def run_name(trial: Trial) -> str:
    """Return the name a person reads in the UI."""
    tags = trial.tags
    again = "confirm " if tags.get("cip.stage") == "confirm" else ""
    return f"{again}{tags['cip.model']} {tags['cip.features']} seed={tags['cip.seed']} #{trial.number}"


def record_child(settings: Settings, done: Trial, parent_id: str | None) -> str | None:
    """Write one trial below its parent; returns the run's id, or None with track=off."""
    opened = open_store(settings)
    if opened is None:
        return None
    return opened.log_trial(
        done, parent_id=parent_id, name=run_name(done), kind="trial", config_yaml=done.config or settings.yaml
    )
