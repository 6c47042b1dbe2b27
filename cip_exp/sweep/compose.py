"""A job's configuration, composed once for each set of group choices and updated in its leaves after that.

The slow path is Hydra's own `load_sweep_config`; whatever is not plainly a leaf goes there, and so does every
error, so that its message is Hydra's.
"""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
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


class Composer:
    """Composes jobs of one sweep; keeps the last 32 sets of group choices."""

    def __init__(self, loader: ConfigLoader, master: DictConfig) -> None:
        self.loader = loader
        self.master = master
        self._bases: OrderedDict[tuple[str, ...], DictConfig | bytes] = OrderedDict()
        self._spare: tuple[tuple[str, ...], DictConfig] | None = None
        self._parser = OverridesParser.create()
        self._groups: dict[str, bool] = {}
        self._read: dict[str, Override] = {}
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
        leaves = [override for override in parsed if self._is_leaf(override)]
        groups = [override for override in parsed if not self._is_leaf(override)]
        if not all(self._is_choice(override) for override in groups):
            return None
        config = self._copy(tuple(str(override.input_line) for override in groups))
        ConfigLoaderImpl._apply_overrides_to_config(leaves, config)
        config.hydra.overrides.task = [str(override.input_line) for override in parsed]
        OmegaConf.copy_cache(from_config=self.master, to_config=config)
        return config

    def _parsed(self, text: str) -> Override:
        """Parse one override; most of a sweep's have been seen before. Nobody changes what is kept."""
        if text not in self._read:
            if len(self._read) >= _READ:
                self._read.clear()
            self._read[text] = self._parser.parse_overrides([text])[0]
        return self._read[text]

    def prepare(self) -> None:
        """Copy the last used base ahead of time, while nothing else is to be done."""
        if self._spare is None and self._bases:
            choices, base = next(reversed(self._bases.items()))
            self._spare = choices, copied(base)

    def _copy(self, choices: tuple[str, ...]) -> DictConfig:
        spare, self._spare = self._spare, None
        if spare is not None and spare[0] == choices:
            return spare[1]
        return copied(self._base(choices))

    def _base(self, choices: tuple[str, ...]) -> DictConfig | bytes:
        base = self._bases.pop(choices, None)
        if base is None:
            base = copyable(self.loader.load_sweep_config(self.master, list(choices)))
        self._bases[choices] = base
        if len(self._bases) > _KEPT:
            self._bases.popitem(last=False)
        return base

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
