"""Checks of single configuration values: required, one of several words, a seed, an allowed import path."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from omegaconf import MISSING

from cip_exp.errors import ConfigError, describe, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence


ALLOWED_PREFIX = "sklearn."
OWN_CLASSES = (
    "cip_exp.forest.RandomForestClassifier",
    "cip_exp.forest.RandomForestRegressor",
    "cip_exp.models.baselines.ZeroRegressor",
    "cip_exp.models.baselines.LastPeriodRegressor",
    "cip_exp.baselines.ZeroRegressor",
    "cip_exp.baselines.LastPeriodRegressor",
)
"""Estimators of this package, the last two by their path in older records; nothing else of it is allowed."""
ALLOWED_CLASSES = (
    "xgboost.XGBClassifier", "xgboost.XGBRegressor", "lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor",
)  # fmt: skip
"""Estimators of optional packages that `conf/model` names; nothing else of these packages is allowed."""


def allowed_targets() -> tuple[str, ...]:
    """Return what a `_target_` may be: patterns of import prefixes, and single classes."""
    prefixes = (ALLOWED_PREFIX, *added_prefixes())
    return (*(f"{prefix}*" for prefix in prefixes), *OWN_CLASSES, *ALLOWED_CLASSES)


def added_prefixes() -> tuple[str, ...]:
    """Return the import prefixes that the user trusts too: `CIP_ALLOW_TARGETS=catboost.,…`."""
    extra = os.environ.get("CIP_ALLOW_TARGETS", "")
    return tuple(prefix.strip() for prefix in extra.split(",") if prefix.strip())


def is_allowed(target: str) -> bool:
    """Tell whether a `_target_` may be imported."""
    exact = target in OWN_CLASSES or target in ALLOWED_CLASSES
    return exact or target.startswith((ALLOWED_PREFIX, *added_prefixes()))


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
