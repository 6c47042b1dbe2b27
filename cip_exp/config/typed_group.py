"""Check the values of one configuration group against its schema: keys, types, ranges."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from omegaconf import MISSING, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from cip_exp.config.resolve import cached
from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPE_TEXTS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true | false",
    "str": "a text",
    "list[int]": "a list of whole numbers, such as [0,1,2]",
    "list[str]": "a list of names, such as [a,b]",
    "dict[str, Any]": "a mapping {name: …}",
    "dict[str, list[Any]]": "a mapping {parameter: [values]}",
}
"""Types of schemas, as messages name them."""


def typed_group(schema: type, group: str, values: Mapping[str, Any]) -> Any:
    """Return a group's values as its schema, checked; cached.

    Raises:
        ConfigError: an unknown or missing key, a wrong type, or a value out of range.
    """
    key = schema.__name__, group, repr(values), os.environ.get("CIP_ALLOW_TARGETS", "")
    return cached(key, lambda: _typed(schema, group, values))


def _typed(schema: type, group: str, values: Mapping[str, Any]) -> Any:
    try:
        typed: Any = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(schema), dict(values)))
    except OmegaConfBaseException as error:
        raise ConfigError(_type_message(error, schema, group, values)) from error
    if hasattr(typed, "check"):
        typed.check()
    return typed


def _type_message(error: OmegaConfBaseException, schema: type, group: str, values: Mapping[str, Any]) -> str:
    """Write the message for a key that is unknown, missing, or of the wrong type."""
    full = str(error.full_key or error.key)
    key = full.partition(".")[0].partition("[")[0]
    types = {item.name: str(item.type) for item in fields(schema)}
    where = f"group '{group}'" + (f", {group}={values['name']}" if values.get("name") else "")
    if key not in types:
        names = [name for name in types if name in values]
        return describe(f"'{group}.{full}' is not a key", where, ", ".join(names), nearest(key, names))
    of_type, _, optional = types[key].partition(" | ")
    allowed = TYPE_TEXTS.get(of_type, of_type) + (", or null" if optional else "")
    if values.get(key, MISSING) in (MISSING, None):
        return describe(f"{group}.{key} is missing", where, allowed, f"give {group}.{key}=…")
    what = f"{group}.{key} = {values[key]} has the wrong type"
    return describe(what, f"configuration key '{group}.{key}'", allowed)
