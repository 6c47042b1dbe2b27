"""The `study` sweeper's options as plain values, checked before a sweep starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from omegaconf import OmegaConf

from cip_exp.errors import ConfigError, describe, nearest

DEFAULTS = "defaults"
"""This word in `enqueue` stands for the configuration's own parameters."""


@dataclass(frozen=True)
class StudySettings:
    """Options of `hydra.sweeper`; `config_store.StudyConf` explains each."""

    sampler: Any
    pruner: Any
    directions: tuple[str, ...]
    storage: Any = None
    study_name: str | None = None
    n_trials: int = 20
    n_jobs: int = 2
    max_failure_rate: float = 0.0
    params: Mapping[str, str] = field(default_factory=dict)
    custom_search_space: str | None = None
    timeout: float | None = None
    replicates: str | None = None
    replicates_into: str | None = None
    outer: tuple[str, ...] = ()
    axes: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    n_reports: int | None = None
    stop_below_noise: int | None = None
    patience: int | None = None
    target: float | None = None
    fail_fast: int | None = None
    enqueue: tuple[Mapping[str, Any] | str, ...] = ()
    deduplicate: bool = True
    fingerprint: Mapping[str, Any] = field(default_factory=dict)
    observer: Any = None

    @property
    def prunes(self) -> bool:
        """True where a pruner decides on each report."""
        return not str(self.pruner.get("_target_", "")).endswith("NopPruner")


def read_settings(options: Mapping[str, Any]) -> StudySettings:
    """Check the options of `hydra.sweeper`; raises ConfigError naming the key."""
    known = dict(options)
    directions = _directions(known.pop("direction", "minimize"))
    for key in ("params", "fingerprint"):
        known[key] = plain_value(known.get(key)) or {}
    known["axes"] = {key: values for key, values in (plain_value(known.get("axes")) or {}).items() if values}
    known["outer"] = tuple(plain_value(known.get("outer")) or ())
    first = plain_value(known.get("enqueue")) or ()
    known["enqueue"] = (first,) if isinstance(first, str) else tuple(first)
    settings = StudySettings(directions=directions, **known)
    _check_ranges(settings)
    single = (settings.patience, settings.target, settings.stop_below_noise)
    if len(directions) > 1 and (settings.prunes or any(one is not None for one in single)):
        allowed = "one direction, with a pruner, patience, target or stop_below_noise"
        _refuse(
            "direction", f"a list of {len(directions)}", allowed, "one direction, or none of these options"
        )
    return settings


def check_replicates(settings: StudySettings, config: Any, replicates: Sequence[str]) -> None:
    """Raise ConfigError where `replicates` names a key that is neither swept nor in the configuration.

    A key that is only added (`+seed=0,1`) is accepted, unless its name is close to an existing key.
    """
    key = settings.replicates
    if key is None or replicates or OmegaConf.select(config, key) is not None:
        return
    place, _, name = key.rpartition(".")
    node = OmegaConf.select(config, place) if place else config
    keys = [str(one) for one in node if one != "hydra"] if OmegaConf.is_dict(node) else []
    if name not in keys and nearest(name, keys):
        _refuse("replicates", repr(key), "a key of the configuration, or null", nearest(name, keys))


def plain_value(node: Any) -> Any:
    """Return a node of the configuration as plain, resolved values; anything else as it is."""
    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node


def _directions(given: Any) -> tuple[str, ...]:
    many = list(given) if not isinstance(given, str | Enum) else [given]
    names = tuple(str(one.name if isinstance(one, Enum) else one) for one in many)
    for name in names or ("",):
        if name not in ("minimize", "maximize"):
            step = nearest(name, ("minimize", "maximize"))
            _refuse("direction", repr(name), "minimize, maximize, or a list of them", step)
    return names


def _check_ranges(settings: StudySettings) -> None:
    for key in ("n_trials", "n_jobs", "n_reports", "stop_below_noise", "patience", "fail_fast"):
        value = getattr(settings, key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            _refuse(key, repr(value), "a whole number from 1")
    if not 0 <= settings.max_failure_rate <= 1:
        _refuse("max_failure_rate", repr(settings.max_failure_rate), "a share from 0 to 1")
    if settings.timeout is not None and settings.timeout <= 0:
        _refuse("timeout", repr(settings.timeout), "seconds, more than 0")
    if settings.replicates_into and not settings.replicates:
        _refuse("replicates_into", settings.replicates_into, "nothing, while replicates is null")
    for point in settings.enqueue:
        if not isinstance(point, Mapping) and point != DEFAULTS:
            allowed = f"a list of mappings, parameter: value, or the word {DEFAULTS}"
            _refuse("enqueue", repr(point), allowed, nearest(str(point), (DEFAULTS,)))


def _refuse(key: str, given: str, allowed: str, step: str = "") -> None:
    raise ConfigError(describe(f"hydra.sweeper.{key} is {given}.", f"hydra.sweeper.{key}", allowed, step))
