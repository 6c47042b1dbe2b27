"""A job's configuration, composed once for each set of group choices and updated in its leaves after that.

The slow path is Hydra's own `load_sweep_config`; whatever is not plainly a leaf goes there, and so does every
error, so that its message is Hydra's. Jobs of a search give the same keys other values: theirs start from
the first such job's configuration, and set what differs.
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
"""An override whose value Hydra's grammar reads as int or float: with a point or an exponent, float."""


_Keys = tuple[tuple[bool, str | None], ...]
"""Of a job's overrides, in order: whether each is a leaf; a leaf's key, or a group's choice."""


@dataclass(frozen=True)
class _Base:
    """What jobs of the same keys start from."""

    config: DictConfig | bytes
    leaves: tuple[Override, ...] = ()
    """Those that are in the config."""


class Composer:
    """Composes jobs of one sweep; keeps the last 32 sets of group choices."""

    def __init__(self, loader: ConfigLoader, master: DictConfig) -> None:
        self.loader = loader
        self.master = master
        self._bases: OrderedDict[_Keys, _Base] = OrderedDict()
        self._spare: tuple[_Base, DictConfig] | None = None
        self._parser = OverridesParser.create()
        self._groups: dict[str, bool] = {}
        self._read: dict[str, Override] = {}
        self._numbers: dict[str, Override] = {}
        """By key, one override that gave it a number."""
        self._repository = self._open_repository()

    def _open_repository(self) -> Any:
        # A searched environment variable may differ from job to job; and a loader of another make has
        # internals we do not know.
        if type(self.loader) is not ConfigLoaderImpl or self.master.hydra.job.env_copy:
            return None
        hydra_overrides = list(OmegaConf.to_container(self.master.hydra.overrides.hydra))  # type: ignore[arg-type]
        parse = self.loader._parse_overrides_and_create_caching_repo
        return parse(self.master.hydra.job.config_name, hydra_overrides)[1]

    def compose(self, overrides: Sequence[str]) -> DictConfig:
        """Return what `load_sweep_config` returns for these overrides."""
        try:
            config = self._from_base(list(overrides))
        except Exception:  # whatever it was, Hydra finds it again and says it in its own words
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
        # In order, since the job's own list of overrides has them so.
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
        """Parse one override; most of a sweep's have been seen before. Nobody changes what is kept."""
        if text not in self._read:
            if len(self._read) >= _READ:
                self._read.clear()
            self._read[text] = self._parse(text)
        return self._read[text]

    def _parse(self, text: str) -> Override:
        """Parse with Hydra, unless only the number behind a known key is new."""
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
        """Copy the last used base ahead of time, while nothing else is to be done."""
        if self._spare is None and self._bases:
            base = next(reversed(self._bases.values()))
            self._spare = base, copied(base.config)

    def _copy(self, base: _Base) -> DictConfig:
        spare, self._spare = self._spare, None
        if spare is not None and spare[0] is base:
            return spare[1]
        return copied(base.config)

    def _chosen(self, groups: Sequence[Override]) -> DictConfig | bytes:
        """Return what group choices alone compose to."""
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
        """Say whether the override picks an option of a group of the app, and does nothing else."""
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
    """Return what stands before the `=`."""
    return str(override.input_line).partition("=")[0]


def _settable(before: Sequence[Override], now: Sequence[Override]) -> bool:
    """Tell whether setting what differs gives what applying all leaves in turn would give."""
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
    """Return the config pickled, which is copied seven times as fast; itself where it cannot be."""
    try:
        return pickle.dumps(config, pickle.HIGHEST_PROTOCOL)
    except Exception:  # a schema of a class that no other module can name
        return config


def copied(base: DictConfig | bytes) -> DictConfig:
    if isinstance(base, bytes):
        config: DictConfig = pickle.loads(base)
        return config
    return copy.deepcopy(base)
