"""Compose the configurations of jobs: once for each set of group choices, then by setting values.

The slow path is Hydra's own `load_sweep_config`. It composes overrides that do more than set a value, and all
that raise an error, so that the message is Hydra's. Jobs of a search set the same keys to other values: each
starts from the configuration of the first such job and sets the values that differ.
"""

from __future__ import annotations

import copy
import pickle
import re
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType, ValueType
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hydra.core.config_loader import ConfigLoader


_LEAF_TYPES = (OverrideType.CHANGE, OverrideType.ADD, OverrideType.FORCE_ADD)
_KEPT = 32
_READ = 4096
_NUMBER = re.compile(r"([^=\s]+)=(-?(?:0|[1-9][0-9]*)(\.[0-9]+)?(e[+-]?[0-9]+)?)")
"""An override that Hydra's grammar reads as an int, or with a point or an exponent as a float."""


_Keys = tuple[tuple[bool, str | None], ...]
"""The overrides of a job in order: True and the key for a value, False and the override for a group."""


@dataclass(frozen=True)
class _Base:
    """The configuration that jobs with the same keys start from."""

    config: DictConfig | bytes
    leaves: tuple[Override, ...] = ()
    """The overrides that the configuration has already."""


class Composer:
    """Composes the jobs of one sweep; keeps the configurations of the last 32 sets of keys."""

    def __init__(self, loader: ConfigLoader, master: DictConfig) -> None:
        self.loader = loader
        self.master = master
        self._bases: OrderedDict[_Keys, _Base] = OrderedDict()
        self._spare: tuple[_Base, DictConfig] | None = None
        self._parser = OverridesParser.create()
        self._groups: dict[str, bool] = {}
        self._read: dict[str, Override] = {}
        self._numbers: dict[str, Override] = {}
        """By key, one override whose value is a number."""
        self._repository = self._open_repository()

    def _open_repository(self) -> Any:
        # Copied environment variables may differ between jobs; another class of loader has other internals.
        if type(self.loader) is not ConfigLoaderImpl or self.master.hydra.job.env_copy:
            return None
        hydra_overrides = list(OmegaConf.to_container(self.master.hydra.overrides.hydra))  # type: ignore[arg-type]
        parse = self.loader._parse_overrides_and_create_caching_repo
        return parse(self.master.hydra.job.config_name, hydra_overrides)[1]

    def compose(self, overrides: Sequence[str]) -> DictConfig:
        """Return what `load_sweep_config` returns for these overrides."""
        try:
            config = self._from_base(list(overrides))
        except Exception:  # Hydra raises it again below, with its own message
            config = None
        if config is None:
            return self.loader.load_sweep_config(self.master, list(overrides))
        return config

    def _from_base(self, overrides: list[str]) -> DictConfig | None:
        if self._repository is None:
            return None
        parsed = [self._parsed(text) for text in overrides]
        kinds = [(override, self._is_leaf(override)) for override in parsed]
        leaves = [override for override, leaf in kinds if leaf]
        groups = [override for override, leaf in kinds if not leaf]
        if not all(self._is_choice(override) for override in groups):
            return None
        # In order, as in the job's own list of overrides.
        keys = tuple((leaf, _assigned(each) if leaf else each.input_line) for each, leaf in kinds)
        base = self._bases.get(keys)
        if base is None or not _settable(base.leaves, leaves):
            config = copied(self._chosen(groups))
            ConfigLoaderImpl._apply_overrides_to_config(leaves, config)
            config.hydra.overrides.task = [str(override.input_line) for override in parsed]
            self._keep(keys, _Base(copyable(config), tuple(leaves)))
            config = self._copy(self._bases[keys])
        else:
            self._bases.move_to_end(keys)
            config = self._copy(base)
            changed = [new for old, new in zip(base.leaves, leaves, strict=True) if old != new]
            ConfigLoaderImpl._apply_overrides_to_config(changed, config)
            for override in changed:
                config.hydra.overrides.task[parsed.index(override)] = str(override.input_line)
        OmegaConf.copy_cache(from_config=self.master, to_config=config)
        return config

    def _parsed(self, text: str) -> Override:
        """Parse one override, or return the cached one: most repeat within a sweep, and none is changed."""
        if text not in self._read:
            if len(self._read) >= _READ:
                self._read.clear()
            self._read[text] = self._parse(text)
        return self._read[text]

    def _parse(self, text: str) -> Override:
        """Parse with Hydra, unless only the number after a known key is new."""
        number = _NUMBER.fullmatch(text)
        if number is None:
            return self._parser.parse_overrides([text])[0]
        key, digits, point, exponent = number.groups()
        known = self._numbers.get(key)
        if known is None or known.original_input_line is not None:
            self._numbers[key] = self._parser.parse_overrides([text])[0]
            return self._numbers[key]
        value = float(digits) if point or exponent else int(digits)
        return replace(known, _value=value, input_line=text)

    def prepare(self) -> None:
        """Copy the base that was used last, while there is no job to run."""
        if self._spare is None and self._bases:
            base = next(reversed(self._bases.values()))
            self._spare = base, copied(base.config)

    def _copy(self, base: _Base) -> DictConfig:
        spare, self._spare = self._spare, None
        if spare is not None and spare[0] is base:
            return spare[1]
        return copied(base.config)

    def _chosen(self, groups: Sequence[Override]) -> DictConfig | bytes:
        """Return the configuration of group choices alone."""
        choices = [str(override.input_line) for override in groups]
        keys = tuple((False, choice) for choice in choices)
        if keys not in self._bases:
            self._keep(keys, _Base(copyable(self.loader.load_sweep_config(self.master, choices))))
        return self._bases[keys].config

    def _keep(self, keys: _Keys, base: _Base) -> None:
        self._bases[keys] = base
        if len(self._bases) > _KEPT:
            self._bases.popitem(last=False)

    def _is_leaf(self, override: Override) -> bool:
        key = override.key_or_group
        return (
            override.type in _LEAF_TYPES
            and override.value_type == ValueType.ELEMENT
            and override.package is None
            and not override.is_value_path
            and key.split(".")[0].split("[")[0] != "hydra"
            and not override.is_hydra_override()
            and not self._group_exists(key)
        )

    def _is_choice(self, override: Override) -> bool:
        """Return whether the override only selects an option of one of the app's config groups."""
        return (
            override.type in (OverrideType.CHANGE, OverrideType.ADD)
            and isinstance(override.value(), str)
            and not override.is_value_path
            and not override.is_hydra_override()
            and self._group_exists(override.key_or_group)
        )

    def _group_exists(self, key: str) -> bool:
        if key not in self._groups:
            self._groups[key] = bool(self._repository.group_exists(key))
        return self._groups[key]


def _assigned(override: Override) -> str:
    """Return the text before the `=`."""
    return str(override.input_line).partition("=")[0]


def _settable(before: Sequence[Override], now: Sequence[Override]) -> bool:
    """Return whether setting the values that differ gives the same as applying all overrides in turn."""
    keys = [override.key_or_group for override in now]
    apart = len(set(keys)) == len(keys) and not any(
        other.startswith((f"{key}.", f"{key}[")) for key in keys for other in keys
    )
    return apart and all(
        old == new or (new.type != OverrideType.ADD and _plain(old.value()) and _plain(new.value()))
        for old, new in zip(before, now, strict=True)
    )


def _plain(value: object) -> bool:
    return isinstance(value, (int, float, bool)) or (isinstance(value, str) and "$" not in value)


def copyable(config: DictConfig) -> DictConfig | bytes:
    """Return the config pickled, which copies seven times as fast; itself where it cannot be pickled."""
    try:
        return pickle.dumps(config, pickle.HIGHEST_PROTOCOL)
    except Exception:  # its schema is a class that no module exports
        return config


def copied(base: DictConfig | bytes) -> DictConfig:
    """Return a copy of what `copyable` has returned."""
    if isinstance(base, bytes):
        config: DictConfig = pickle.loads(base)
        return config
    return copy.deepcopy(base)
