"""Read a command line: hyperparameters, replicates, the outer grid, fixed values, and the first points.

What a swept key is, the first rule that applies:
1. `hydra.sweeper.replicates` names it: its values are repetitions of each trial;
2. `hydra.sweeper.outer` lists it: an axis of the outer grid;
3. it is in `hydra.sweeper.params`: a hyperparameter, whose range the command line may replace;
4. it is a config group: an axis of the outer grid;
5. otherwise (`model.max_depth=range(2,8)`): a hyperparameter.

`hydra.sweeper.axes` adds axes of the outer grid with their values, for keys that the command does not give.
"""

from __future__ import annotations

import itertools
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from cip_exp.errors import ConfigError, describe
from cip_exp.sweep.search.first_points import check_points, first_points
from cip_exp.sweep.search.study_settings import StudySettings, plain_value, read_settings
from cip_exp.sweep.space import assignments, bare_key, distribution
from cip_exp.sweep.validation import refuse_twice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override
    from omegaconf import DictConfig
    from optuna.distributions import BaseDistribution


@dataclass(frozen=True)
class StudyPlan:
    """The keys of a study sweep: searched, fixed, replicates, and the cells of the outer grid."""

    keys: tuple[str, ...]
    """Every key once, in the order of the command; the overrides of a job have the same order."""
    space: Mapping[str, BaseDistribution]
    fixed: Mapping[str, str]
    """By key, the whole override."""
    cells: tuple[Mapping[str, str], ...]
    """By key, the override of each cell of the outer grid; one empty mapping where there is no grid."""
    replicates: tuple[str, ...] = ()
    replicates_key: str = ""
    replicates_into: str | None = None

    @property
    def unsearched(self) -> tuple[tuple[str, ...], ...]:
        """By cell, the overrides that all its trials share."""
        return tuple((*self.fixed.values(), *cell.values()) for cell in self.cells)

    @property
    def jobs_per_trial(self) -> int:
        """How many jobs score one trial: one, or one a replicate where `replicates_into` is null."""
        return max(1, len(self.replicates)) if self.replicates_into is None else 1

    def overrides(
        self, cell: Mapping[str, str], params: Mapping[str, Any], replicate: int = 0
    ) -> tuple[str, ...]:
        """Return the overrides of one job."""
        chosen = {**self.fixed, **cell}
        chosen.update(zip(params, assignments(params.items()), strict=True))
        if self.replicates:
            chosen[self.replicates_key] = f"{self.replicates_key}={self.replicates[replicate]}"
        ordered = [chosen.pop(key) for key in self.keys if key in chosen]
        ordered += chosen.values()
        if self.replicates and self.replicates_into:
            ordered.append(f"{self.replicates_into}=[{','.join(self.replicates)}]")
        return tuple(ordered)


@dataclass(frozen=True)
class StudyRequest:
    """One command of the sweeper, read and checked."""

    settings: StudySettings
    plan: StudyPlan
    first: tuple[tuple[Mapping[str, Any], ...], ...]
    """By cell of the outer grid, the points that are tried first."""


@dataclass(frozen=True)
class _Reading:
    """A request, and all that it was read from."""

    key: str
    loader: weakref.ref[ConfigLoader]
    request: StudyRequest


_last: list[_Reading] = []
"""At most one: the request that was read last and not yet fetched a second time."""


def read_study(
    options: Mapping[str, Any], config: DictConfig, loader: ConfigLoader, arguments: Sequence[str]
) -> StudyRequest:
    """Read and check a command of the `study` sweeper.

    An app may read a command before its sweeper does: the second call returns the result of the first.

    Args:
        options: of `hydra.sweeper`, without `_target_`.
        config: the sweep's own configuration.
        loader: Hydra's, which composes the configurations of cells and trials.
        arguments: the overrides on the command line.

    Raises:
        ConfigError: an option, a key or a first point that is not allowed.
    """
    key = _key(options, config, arguments)
    for reading in _last:
        if reading.key == key and reading.loader() is loader:
            _last.clear()
            return reading.request
    settings = read_settings(options)
    plan = make_plan(settings, loader, arguments)
    first = first_points(settings, plan.space, plan.unsearched, config, loader)
    request = StudyRequest(settings, plan, first)
    _last[:] = [_Reading(key, weakref.ref(loader), request)]
    return request


def _key(options: Mapping[str, Any], config: DictConfig, arguments: Sequence[str]) -> str:
    """Return a text of all that a request is read from; `repr` separates 1, 1.0 and True."""
    plain = {key: _plain(value) for key, value in options.items()}
    # Where compositions come from. The rest of `hydra` may change between an app's call and its sweeper's.
    sources = [_plain(OmegaConf.select(config, key)) for key in ("hydra.runtime", "hydra.job.config_name")]
    return repr((sorted(plain.items()), app_config(config), sources, tuple(arguments)))


def _plain(value: Any) -> Any:
    try:
        return plain_value(value)
    except OmegaConfBaseException:  # what cannot be resolved is reported where it is used
        return OmegaConf.to_container(value, resolve=False)


def app_config(config: DictConfig) -> Any:
    """Return the app's own configuration: without Hydra's, and with its interpolations unresolved."""
    own: list[Any] = [key for key in config if key != "hydra"]
    return OmegaConf.to_container(OmegaConf.masked_copy(config, own), resolve=False)


def make_plan(settings: StudySettings, loader: ConfigLoader, arguments: Sequence[str]) -> StudyPlan:
    """Sort the keys of `hydra.sweeper.params` and the command line into what is swept and what is fixed.

    Raises:
        ConfigError: a key that cannot be swept as asked, or a first point outside the space.
    """
    lines = [*assignments(settings.params.items()), *arguments]
    parsed = OverridesParser.create(config_loader=loader).parse_overrides(lines)
    # A later override of a key replaces the earlier one, at the earlier one's position.
    latest = {override.get_key_element(): override for override in parsed}
    space: dict[str, BaseDistribution] = {}
    fixed: dict[str, str] = {}
    axes: dict[str, list[str]] = {}
    replicates: tuple[str, ...] = ()
    replicates_key = ""
    for key, override in latest.items():
        if not override.is_sweep_override():
            fixed[key] = str(override.input_line) if override.is_delete() else _spell(key, override)
        elif bare_key(key) == settings.replicates:
            replicates, replicates_key = tuple(_values(override)), key
        elif _is_axis(override, settings, loader):
            axes[key] = [f"{key}={value}" for value in _values(override)]
        else:
            space[key] = distribution(override)
    for key, values in settings.axes.items():
        if key not in latest:
            spelled = ("null" if value is None else value for value in values)
            axes[key] = list(assignments((key, value) for value in spelled))
    _check_outer(settings)
    check_points(settings, space)
    cells = tuple(dict(zip(axes, choice, strict=True)) for choice in itertools.product(*axes.values()))
    return StudyPlan(tuple(latest), space, fixed, cells, replicates, replicates_key, settings.replicates_into)


def _spell(key: str, override: Override) -> str:
    return f"{key}={override.get_value_element_as_str()}"


def _is_axis(override: Override, settings: StudySettings, loader: ConfigLoader) -> bool:
    key = bare_key(override.get_key_element())
    if key in settings.outer:
        return True
    if key in {bare_key(name) for name in settings.params}:
        return False
    return bool(loader.get_group_options(override.key_or_group))


def _values(override: Override) -> list[str]:
    if not override.is_discrete_sweep():
        msg = describe(
            f"{override.input_line} has no separate values.",
            "an axis of the outer grid, or the replicates",
            "a,b,c or choice(…) or range(…)",
        )
        raise ConfigError(msg)
    values = list(override.sweep_string_iterator())
    if not values:
        raise ConfigError(describe(f"{override.input_line} is empty.", "the command line", "a value or more"))
    refuse_twice(override)
    return values


def _check_outer(settings: StudySettings) -> None:
    if settings.replicates in settings.outer:
        msg = f"{settings.replicates} cannot be both the replicates and an axis."
        raise ConfigError(describe(msg, "hydra.sweeper.outer", "keys other than hydra.sweeper.replicates"))
