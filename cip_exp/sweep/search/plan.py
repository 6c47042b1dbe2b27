"""What a command line asks for: hyperparameters, replicates, an outer grid, and what stays fixed.

The rule for a swept key, first match wins:
1. `hydra.sweeper.replicates` names it: its values are repetitions of every trial;
2. `hydra.sweeper.outer` lists it: an axis of the outer grid;
3. `hydra.sweeper.params` has it: a hyperparameter, whose range the command line may replace;
4. it is a config group: an axis of the outer grid;
5. otherwise (`model.max_depth=range(2,8)`): a hyperparameter.

`hydra.sweeper.axes` adds axes of the outer grid with their values, for keys that the command does not give.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from cip_exp.errors import ConfigError, describe, nearest
from cip_exp.sweep.space import assignments, distribution, in_words
from cip_exp.sweep.validation import refuse_twice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override
    from omegaconf import DictConfig
    from optuna.distributions import BaseDistribution

    from cip_exp.sweep.search.study_settings import StudySettings


ENQUEUE = "hydra.sweeper.enqueue"


@dataclass(frozen=True)
class StudyPlan:
    """One sweep, before any of it runs."""

    keys: tuple[str, ...]
    """Every key once, in the order given: overrides of a job keep it."""
    space: Mapping[str, BaseDistribution]
    fixed: Mapping[str, str]
    """By key, the whole override."""
    cells: tuple[Mapping[str, str], ...]
    """By key, the override that this cell of the outer grid has; one empty mapping where there is no grid."""
    replicates: tuple[str, ...] = ()
    replicates_key: str = ""
    replicates_into: str | None = None

    @property
    def jobs_per_trial(self) -> int:
        """How many jobs score one trial: one, unless replicates cannot be handed over as a list."""
        return max(1, len(self.replicates)) if self.replicates_into is None else 1

    def overrides(
        self, cell: Mapping[str, str], params: Mapping[str, Any], replicate: int = 0
    ) -> tuple[str, ...]:
        """Spell out one job."""
        chosen = {**self.fixed, **cell}
        chosen.update(zip(params, assignments(params.items()), strict=True))
        if self.replicates:
            chosen[self.replicates_key] = f"{self.replicates_key}={self.replicates[replicate]}"
        ordered = [chosen.pop(key) for key in self.keys if key in chosen]
        ordered += chosen.values()
        if self.replicates and self.replicates_into:
            ordered.append(f"{self.replicates_into}=[{','.join(self.replicates)}]")
        return tuple(ordered)


def make_plan(settings: StudySettings, loader: ConfigLoader, arguments: Sequence[str]) -> StudyPlan:
    """Sort the swept and fixed keys of `hydra.sweeper.params` and the command line; raises ConfigError."""
    lines = [*assignments(settings.params.items()), *arguments]
    parsed = OverridesParser.create(config_loader=loader).parse_overrides(lines)
    # A later override of the same key replaces an earlier one, in its place.
    latest = {override.get_key_element(): override for override in parsed}
    space: dict[str, BaseDistribution] = {}
    fixed: dict[str, str] = {}
    axes: dict[str, list[str]] = {}
    replicates: tuple[str, ...] = ()
    replicates_key = ""
    for key, override in latest.items():
        if not override.is_sweep_override():
            fixed[key] = str(override.input_line) if override.is_delete() else _spell(key, override)
        elif _bare(key) == settings.replicates:
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
    for point in settings.enqueue:
        if not isinstance(point, str):
            _check_enqueued(settings, space, point)
    cells = tuple(dict(zip(axes, choice, strict=True)) for choice in itertools.product(*axes.values()))
    return StudyPlan(tuple(latest), space, fixed, cells, replicates, replicates_key, settings.replicates_into)


def _bare(key: str) -> str:
    return key.lstrip("+")


def _spell(key: str, override: Override) -> str:
    return f"{key}={override.get_value_element_as_str()}"


def _is_axis(override: Override, settings: StudySettings, loader: ConfigLoader) -> bool:
    key = _bare(override.get_key_element())
    if key in settings.outer:
        return True
    if key in {_bare(name) for name in settings.params}:
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


def _check_enqueued(
    settings: StudySettings, space: Mapping[str, BaseDistribution], point: Mapping[str, Any]
) -> None:
    """Raise ConfigError for a point to try first that is not in the space."""
    if settings.custom_search_space:
        return  # it may add parameters of any name
    for key, value in point.items():
        if key not in space:
            allowed = ", ".join(space) or "nothing: this command searches nothing"
            raise ConfigError(describe(f"{key} is not searched.", ENQUEUE, allowed, nearest(key, space)))
        if not _contains(space[key], value):
            raise ConfigError(describe(f"{key}={value} is outside the space.", ENQUEUE, in_words(space[key])))


def _contains(kind: BaseDistribution, value: Any) -> bool:
    try:
        return bool(kind._contains(kind.to_internal_repr(value)))
    except (ValueError, TypeError):
        return False


def first_points(
    settings: StudySettings, plan: StudyPlan, config: DictConfig, loader: ConfigLoader
) -> list[list[Mapping[str, Any]]]:
    """Return what is tried first in each cell of the outer grid; raises ConfigError as `_own_point` does."""
    points: list[list[Mapping[str, Any]]] = []
    for cell in plan.cells:
        given = [point for point in settings.enqueue if not isinstance(point, str)]
        if len(given) < len(settings.enqueue):
            composed = loader.load_sweep_config(config, [*plan.fixed.values(), *cell.values()])
            given = [_own_point(composed, plan.space), *given]
        points.append(given)
    return points


def _own_point(config: DictConfig, space: Mapping[str, BaseDistribution]) -> dict[str, Any]:
    """Return the searched parameters as the configuration itself has them.

    Raises:
        ConfigError: one that it does not have, or whose value is outside the space.
    """
    point = {}
    for key, kind in space.items():
        value = OmegaConf.select(config, _bare(key), default=Ellipsis)
        if value is Ellipsis:
            what = f"{key} has no value of its own."
            raise ConfigError(describe(what, ENQUEUE, "defaults, where every searched key has one"))
        # Choices are the grammar's own spelling, texts but for numbers.
        spelled = (value, "null" if value is None else str(value), str(value).lower())
        within = [each for each in spelled if _contains(kind, each)]
        if not within:
            what = f"the configuration's own {key}={value} is outside the space."
            raise ConfigError(
                describe(what, ENQUEUE, in_words(kind), f"'{key}=…' with {value} among its values")
            )
        point[key] = within[0]
    return point
