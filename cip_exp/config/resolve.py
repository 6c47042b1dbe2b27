"""Resolve a configuration: plain values, YAML text, flat parameters and hash; remembered between trials."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from cip_exp.config.settings import AFTERWARDS

if TYPE_CHECKING:
    from collections.abc import Callable


PLACES = ("outputs", "track", "facts", *AFTERWARDS)
"""Top-level keys that say where things go and what comes after a search: no part of what a trial means."""

BARE = re.compile(r"[a-z_]{4,}(?<!null|true)(?<!false)")
"""Keys that need no quotes in YAML."""

MEMORY = 4096

_memory: dict[tuple[str, ...], Any] = {}


def plain_value(cfg: DictConfig, key: str) -> Any:
    """Return one top-level value, resolved, as plain Python."""
    value = "???" if OmegaConf.is_missing(cfg, key) else cfg[key]
    return _resolved(value) if OmegaConf.is_config(value) else value


def _resolved(node: Any) -> Any:
    """Return what `OmegaConf.to_container(node, resolve=True)` does, at a fifth of its cost."""
    content = node._value()
    if isinstance(content, dict):
        return {key: _below(node, key, each) for key, each in content.items()}
    if isinstance(content, list):
        return [_below(node, index, each) for index, each in enumerate(content)]
    return content


def _below(parent: Any, key: Any, node: Any) -> Any:
    content = node._value()
    if not isinstance(content, str) or "${" not in content:
        return _resolved(node)
    value = parent[key]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def to_yaml(key: Any, value: Any) -> str:
    """Return one key as YAML; from memory, group by group and leaf by leaf, where an earlier trial had it."""
    return str(remembered(("yaml", repr(key), repr(value)), lambda: _dump(key, value)))


def _dump(key: Any, value: Any) -> str:
    if isinstance(value, dict) and value and BARE.fullmatch(str(key)):
        lines = "".join(to_yaml(name, each) for name, each in value.items()).splitlines(keepends=True)
        return f"{key}:\n" + "".join(f"  {line}" for line in lines)
    return OmegaConf.to_yaml(OmegaConf.create({key: value}))


def remembered(key: tuple[str, ...], make: Callable[[], Any]) -> Any:
    """Return what `make` made for `key` before: between trials of a search one group differs, if that."""
    if key not in _memory:
        made = make()
        if len(_memory) >= MEMORY:
            _memory.clear()
        _memory[key] = made
    return _memory[key]


def flatten(tree: Any, prefix: str = "") -> dict[str, str]:
    """Return one text a leaf; list items under `key.0`, since MLflow refuses brackets."""
    if isinstance(tree, (dict, list)) and tree:
        items = tree.items() if isinstance(tree, dict) else enumerate(tree)
        flat: dict[str, str] = {}
        for key, value in items:
            flat |= flatten(value, f"{prefix}.{key}" if prefix else str(key))
        return flat
    return {prefix: str(tree)}


def hash_config(tree: dict[str, Any]) -> str:
    """Hash what a trial means: not its seed, not where things lie."""
    kept = {key: value for key, value in tree.items() if key not in (*PLACES, "seed")}
    kept["data"] = {key: value for key, value in tree["data"].items() if key != "path"}
    kept["seeds"] = {key: value for key, value in tree["seeds"].items() if key != "replicates"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()
