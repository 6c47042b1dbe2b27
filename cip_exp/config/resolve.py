"""Resolve a configuration: plain values, YAML text, flat parameters and hash; cached between trials."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from cip_exp.config.settings import AFTER_SEARCH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


NOT_HASHED = ("outputs", "track", "facts", *AFTER_SEARCH)
"""Top-level keys that do not change a trial: where results go, and what follows a search."""

NEW_KEYS: dict[str, Any] = {
    "metric": None,
    "features.many_levels": "target_encode",
    "data.numeric": [],
    "data.categorical": [],
    "data.dates": [],
    "data.na": [],
    "data.sep": None,
    "data.decimal": None,
    "data.encoding": None,
    "data.dayfirst": None,
    "data.unlabelled": "refuse",
    "audit.ignore": [],
}
"""Keys that older versions did not have, with their defaults: left out of the hash at that value."""

BARE = re.compile(r"[a-z_]{4,}(?<!null|true)(?<!false)")
"""Keys that need no quotes in YAML."""

CACHE_SIZE = 4096
"""Entries; the cache is emptied when it is full."""

_cache: dict[tuple[str, ...], Any] = {}


def plain_value(cfg: DictConfig, key: str) -> Any:
    """Return one top-level value, resolved, as plain Python."""
    value = "???" if OmegaConf.is_missing(cfg, key) else cfg[key]
    return _resolved(value) if OmegaConf.is_config(value) else value


def _resolved(node: Any) -> Any:
    """Return `OmegaConf.to_container(node, resolve=True)`, in a fifth of the time."""
    content = node._value()
    if isinstance(content, dict):
        return {key: _child(node, key, each) for key, each in content.items()}
    if isinstance(content, list):
        return [_child(node, index, each) for index, each in enumerate(content)]
    return content


def _child(parent: Any, key: Any, node: Any) -> Any:
    content = node._value()
    if not isinstance(content, str) or "${" not in content:
        return _resolved(node)
    value = parent[key]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def to_yaml(key: Any, value: Any) -> str:
    """Return one key and its value as YAML; each group and each leaf is cached."""
    return str(cached(("yaml", repr(key), repr(value)), lambda: _make_yaml(key, value)))


def _make_yaml(key: Any, value: Any) -> str:
    if isinstance(value, dict) and value and BARE.fullmatch(str(key)):
        lines = "".join(to_yaml(name, each) for name, each in value.items()).splitlines(keepends=True)
        return f"{key}:\n" + "".join(f"  {line}" for line in lines)
    return OmegaConf.to_yaml(OmegaConf.create({key: value}))


def cached(key: tuple[str, ...], make: Callable[[], Any]) -> Any:
    """Return `make()`, cached by `key`: two trials of a search differ in one group at most."""
    if key not in _cache:
        made = make()
        if len(_cache) >= CACHE_SIZE:
            _cache.clear()
        _cache[key] = made
    return _cache[key]


def flatten(tree: Any, prefix: str = "") -> dict[str, str]:
    """Return one text per leaf; list items have keys like `key.0`, since MLflow refuses brackets."""
    if isinstance(tree, (dict, list)) and tree:
        items = tree.items() if isinstance(tree, dict) else enumerate(tree)
        flat: dict[str, str] = {}
        for key, value in items:
            flat |= flatten(value, f"{prefix}.{key}" if prefix else str(key))
        return flat
    return {prefix: str(tree)}


def hash_config(tree: dict[str, Any]) -> str:
    """Return the SHA-256 of a configuration without what changes no trial.

    That is `seed`, `seeds.replicates`, `data.path`, `NOT_HASHED`, and `NEW_KEYS` at their defaults.
    """
    tree = without_new_keys(tree)
    kept = {key: value for key, value in tree.items() if key not in (*NOT_HASHED, "seed")}
    # What data=csv imputes by default is in features.impute, which older versions had.
    unhashed = ("path", "impute") if tree["data"].get("name") == "csv" else ("path",)
    kept["data"] = {key: value for key, value in tree["data"].items() if key not in unhashed}
    kept["seeds"] = {key: value for key, value in tree["seeds"].items() if key != "replicates"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()


def without_new_keys(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without the keys of `NEW_KEYS` that have their default."""
    kept = dict(tree)
    for path, default in NEW_KEYS.items():
        group, _, name = path.rpartition(".")
        values = kept.get(group) if group else kept
        if isinstance(values, dict) and name in values and values[name] == default:
            rest = {key: value for key, value in values.items() if key != name}
            kept = {**kept, group: rest} if group else rest
    return kept
