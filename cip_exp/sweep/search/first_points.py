"""The points that a study tries first (`hydra.sweeper.enqueue`): given ones, and the configuration's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf

from cip_exp.errors import ConfigError, describe, nearest
from cip_exp.sweep.space import allowed_values, bare_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hydra.core.config_loader import ConfigLoader
    from omegaconf import DictConfig
    from optuna.distributions import BaseDistribution

    from cip_exp.sweep.search.study_settings import StudySettings

    Space = Mapping[str, BaseDistribution]


ENQUEUE = "hydra.sweeper.enqueue"


def check_points(settings: StudySettings, space: Space) -> None:
    """Raise ConfigError for a given point that is not in the space."""
    if settings.custom_search_space:
        return  # it may add parameters of any name
    for point in settings.enqueue:
        for key, value in () if isinstance(point, str) else point.items():
            if key not in space:
                allowed = ", ".join(space) or "nothing: this command searches nothing"
                raise ConfigError(describe(f"{key} is not searched.", ENQUEUE, allowed, nearest(key, space)))
            if not _contains(space[key], value):
                what = f"{key}={value} is outside the space."
                raise ConfigError(describe(what, ENQUEUE, allowed_values(space[key])))


def first_points(
    settings: StudySettings, space: Space, cells: Iterable[Sequence[str]], config: DictConfig,
    loader: ConfigLoader,
) -> tuple[tuple[Mapping[str, Any], ...], ...]:  # fmt: skip
    """Return what each cell of the outer grid tries first.

    Args:
        settings: with the points, which `check_points` has accepted.
        space: the searched parameters.
        cells: by cell, the overrides that are not searched.
        config: the sweep's own configuration.
        loader: composes the configuration of a cell.

    Raises:
        ConfigError: the configuration's own parameters are wanted, and one is missing or outside the space.
    """
    given = tuple(point for point in settings.enqueue if not isinstance(point, str))
    if len(given) == len(settings.enqueue):
        return tuple(given for _ in cells)
    composed = (loader.load_sweep_config(config, list(overrides)) for overrides in cells)
    return tuple((_own_point(each, space), *given) for each in composed)


def _own_point(config: DictConfig, space: Space) -> dict[str, Any]:
    """Return the searched parameters as the configuration itself has them; raises ConfigError."""
    point = {}
    for key, kind in space.items():
        value = OmegaConf.select(config, bare_key(key), default=Ellipsis)
        if value is Ellipsis:
            what = f"{key} has no value of its own."
            raise ConfigError(describe(what, ENQUEUE, "defaults, where every searched key has one"))
        # Choices are spelled as in Hydra's grammar: texts, except for numbers.
        spelled = (value, "null" if value is None else str(value), str(value).lower())
        within = [each for each in spelled if _contains(kind, each)]
        if not within:
            what = f"the configuration's own {key}={value} is outside the space."
            step = f"'{key}=…' with {value} among its values"
            raise ConfigError(describe(what, ENQUEUE, allowed_values(kind), step))
        point[key] = within[0]
    return point


def _contains(kind: BaseDistribution, value: Any) -> bool:
    try:
        return bool(kind._contains(kind.to_internal_repr(value)))
    except (ValueError, TypeError):
        return False
