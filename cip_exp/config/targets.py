"""Which import paths a model's configuration may name, at any depth; checked before anything is called.

A configuration may come from someone else: a recorded trial, a shared folder. What it names is imported and
called, so only these are allowed: scikit-learn's estimators, kernels and cross-validation splitters, this
package's estimators by name, and what the user trusts by `CIP_ALLOW_TARGETS`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from cip_exp.config.checks import ALLOWED_CLASSES, OWN_CLASSES, is_allowed
from cip_exp.errors import ConfigError, describe, nearest

LIBRARY = "sklearn."
NO_MODULES = ("tests", "conftest", "externals", "datasets", "_build_utils")
"""Parts of scikit-learn without estimators, whose import may run other code or reach the network."""
CONTROLS = ("_target_", "_convert_", "_args_", "_recursive_")
"""Hydra's own keys that a nested object may have; `_partial_` makes a function of a class."""
FILES = ("memory", "input_model", "output_model", "config", "data", "valid", "callbacks", "xgb_model")
"""Parameters with which an estimator would read, write or unpickle a file, or call a function."""
FILE_WORDS = ("file", "path", "folder")


def check_targets(params: Mapping[str, Any], key: str = "model") -> None:
    """Check every nested `_target_` and every parameter that names a file; call and build nothing.

    Raises:
        ConfigError: a nested target that is not an estimator, kernel or splitter, a key of Hydra's that is
            not allowed, or a parameter that names a file.
    """
    for where, node in _nodes(params, key):
        for name, value in node.items():
            _check_name(str(name), value, where)
        _check_node(node, where)


def _nodes(value: Any, where: str) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Yield every mapping below `value` with the key that leads to it."""
    if isinstance(value, Mapping):
        yield where, value
        for name, each in value.items():
            yield from _nodes(each, f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for at, each in enumerate(value):
            yield from _nodes(each, f"{where}[{at}]")


def _check_name(name: str, value: Any, where: str) -> None:
    if name.startswith("_") and name.endswith("_") and name not in CONTROLS:
        what = f"{where}.{name} is not allowed"
        raise ConfigError(describe(what, f"configuration key '{where}'", ", ".join(CONTROLS[:3])))
    refused = name in FILES or any(word in name.lower() for word in FILE_WORDS)
    if refused and value not in (None, False):
        what = f"{where}.{name} is not allowed: a model's configuration must not name files or callables"
        raise ConfigError(describe(what, f"configuration key '{where}.{name}'", "null"))


def _check_node(node: Mapping[Any, Any], where: str) -> None:
    target = node.get("_target_")
    if target is None:
        return
    key = f"{where}._target_"
    if not isinstance(target, str) or not is_allowed(target):
        what = f"{key} = {target} is not allowed"
        allowed = f"an estimator of scikit-learn, or one of {', '.join((*OWN_CLASSES[:4], *ALLOWED_CLASSES))}"
        step = "set CIP_ALLOW_TARGETS=<package>. in the environment if you trust the package"
        raise ConfigError(describe(what, f"configuration key '{key}'", allowed, step))
    if target.startswith(LIBRARY):
        _check_class(target, key)


def _check_class(target: str, key: str) -> None:
    path, _, name = target.rpartition(".")
    allowed = "a class of scikit-learn: an estimator, a kernel, or a cross-validation splitter"
    if set(path.split(".")) & set(NO_MODULES):
        raise ConfigError(describe(f"{key} = {target} is not allowed", f"configuration key '{key}'", allowed))
    try:
        module = importlib.import_module(path)
    except ImportError as error:
        what = f"{key} = {target} cannot be imported: {error}"
        raise ConfigError(describe(what, f"configuration key '{key}'", allowed)) from error
    if not is_part_of_model(getattr(module, name, None)):
        known = [each for each, value in vars(module).items() if is_part_of_model(value)]
        what = f"{key} = {target} is not an estimator, a kernel or a splitter"
        raise ConfigError(describe(what, f"configuration key '{key}'", allowed, nearest(name, known)))


def is_part_of_model(found: Any) -> bool:
    """Return whether `found` is a class of scikit-learn whose objects only hold parameters."""
    from sklearn.base import BaseEstimator
    from sklearn.gaussian_process.kernels import Kernel
    from sklearn.model_selection import BaseCrossValidator, BaseShuffleSplit

    if not isinstance(found, type) or not found.__module__.startswith(LIBRARY):
        return False
    estimator = issubclass(found, BaseEstimator) and hasattr(found, "fit")
    return estimator or issubclass(found, Kernel | BaseCrossValidator | BaseShuffleSplit)
