"""Checks of single configuration values: required, one of several words, a seed, an allowed import path."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from omegaconf import MISSING

from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence


ALLOWED_TARGETS = ("sklearn.", "cip_exp.")


def allowed_targets() -> tuple[str, ...]:
    """Return the import prefixes that a `_target_` may have; `CIP_ALLOW_TARGETS=xgboost.,…` adds to them."""
    extra = os.environ.get("CIP_ALLOW_TARGETS", "")
    return (*ALLOWED_TARGETS, *(prefix.strip() for prefix in extra.split(",") if prefix.strip()))


def require(ok: bool, key: str, value: object, allowed: str, step: str = "") -> None:
    """Raise a ConfigError about `key` unless `ok`."""
    if not ok:
        what = f"{key} is missing" if value in (None, "", MISSING) else f"{key} = {value} is not allowed"
        raise ConfigError(describe(what, f"configuration key '{key}'", allowed, step))


def one_of(key: str, value: str, words: Sequence[str]) -> None:
    """Raise a ConfigError with the nearest word unless `value` is one of `words`."""
    require(value in words, key, value, " | ".join(words), nearest(value, words))


def is_seed(value: object) -> bool:
    """Return whether numpy and scikit-learn accept `value` as a seed; false for true and false."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32
