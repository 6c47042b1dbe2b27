"""What a command line says of a file: its own options, and keys of `data=csv` after the file's name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cip_exp.app.messages import unreadable
from cip_exp.config.file_keys import check_key, checked_keys
from cip_exp.errors import ConfigError, describe

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

OWN = ("target", "task", "positive", "id", "time", "group")
"""Options of the command that are keys of `data=csv` too."""


def file_options(args: argparse.Namespace) -> tuple[Path, dict[str, Any]]:
    """Return the file, and the options that were given for it, as `csv_table.load` takes them.

    Raises:
        ConfigError: a second file, an unknown key, or a value that `data=csv` refuses.
    """
    path, *words = args.inputs
    others = [word for word in words if not word.startswith("data.")]
    if others:
        what = f"More than one input: {' '.join(args.inputs)}."
        allowed = "one FILE, then keys such as data.decimal=…; or overrides such as data=purchasing"
        raise ConfigError(describe(what, "the command line", allowed))
    options = _parsed(words)
    options |= {key: value for key in OWN if (value := getattr(args, key, None)) is not None}
    drop = [name.strip() for name in args.drop.split(",") if name.strip()]
    if drop:
        options["drop"] = [*options.get("drop", []), *drop]
    return Path(path), checked_keys(path, options)


def _parsed(words: Sequence[str]) -> dict[str, Any]:
    """Return values by key, as Hydra reads them."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    options: dict[str, Any] = {}
    for word in words:
        try:
            override = OverridesParser.create().parse_override(word)
        except HydraException as error:
            raise ConfigError(unreadable(word, str(error))) from error
        key = override.key_or_group.removeprefix("data.")
        check_key(key, f"data.{key}", "the command line")
        options[key] = override.value()
    return _plain(options)


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as plain Python: quoted texts become texts."""
    from omegaconf import OmegaConf

    tree: Any = OmegaConf.to_container(OmegaConf.create(dict(options)))
    return {str(key): value for key, value in tree.items()}
