"""Checks of a sweep's command before anything is written; each raises ConfigError."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hydra.core.override_parser.types import Override

START_METHODS = ("auto", "fork", "forkserver", "spawn")
_LEAST = {"n_jobs": 1, "threads": 1, "retries": 0}


def refuse_pool(options: Mapping[Any, Any]) -> None:
    """Refuse values of `hydra.launcher` that the pool does not accept."""
    for key, least in _LEAST.items():
        value = options.get(key, least)
        if value is None and least:
            continue
        if not isinstance(value, int) or value < least:
            _refuse(key, value, f"a whole number from {least}{', or null' * least}")
    limit = options.get("time_limit")
    if limit is not None and (not isinstance(limit, int | float) or limit <= 0):
        _refuse("time_limit", limit, "seconds, more than 0, or null")
    start = options.get("start", "auto")
    if start not in START_METHODS:
        _refuse("start", start, " | ".join(START_METHODS), nearest(start, START_METHODS))


def _refuse(key: str, value: object, allowed: str, step: str = "") -> None:
    key = f"hydra.launcher.{key}"
    raise ConfigError(
        describe(f"{key} = {value} is not allowed", f"configuration key '{key}'", allowed, step)
    )


def refuse_twice(override: Override) -> None:
    """Refuse an axis that has a value twice: the copy would count as further evidence."""
    values = list(override.sweep_string_iterator()) if override.is_discrete_sweep() else []
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        what = f"{override.input_line} has {twice} more than once"
        raise ConfigError(describe(what, "the command line", "each value once"))


def refuse_folder(folder: Path) -> None:
    """Refuse a folder that cannot be created; tested in the nearest parent folder that exists."""
    above = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    try:
        with TemporaryDirectory(dir=above):
            return
    except OSError as error:
        what = f"{folder} cannot be created: {error.strerror}"
        allowed = "a folder that exists and is writable, or that can be created"
        raise ConfigError(describe(what, "configuration key 'hydra.sweep.dir'", allowed)) from error
