"""The keys of `data=csv` where no configuration is composed: on the audit's command line and in Python."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from cip_exp.config.data_schemas import CsvData
from cip_exp.config.typed_group import typed_group
from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = tuple(each.name for each in fields(CsvData) if each.name not in ("name", "path", "impute"))


def check_key(key: str, shown: str, where: str) -> None:
    """Refuse a key that `data=csv` does not have; `shown` is the key as it was given."""
    if key not in KEYS:
        raise ConfigError(describe(f"'{shown}' is not a key.{nearest(key, KEYS)}", where, ", ".join(KEYS)))


def checked_keys(path: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Check the values by the schema of `data=csv`; return those that were given.

    Raises:
        ConfigError: a value of the wrong type or out of range.
    """
    target = options.get("target") or "a column"
    typed = typed_group(CsvData, "data", {"name": "csv", "path": path, **options, "target": target})
    return {key: getattr(typed, key) for key in options if options[key] is not None}
