"""Build samplers and pruners from a configuration; the sampler of a resumed study proposes new points."""

from __future__ import annotations

import functools
import hashlib
import logging
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import optuna
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from optuna.exceptions import ExperimentalWarning

from cip_exp.errors import ConfigError, describe
from cip_exp.sweep.samplers.trusted import TRUSTED
from cip_exp.sweep.space import grid_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optuna.distributions import BaseDistribution


log = logging.getLogger(__name__)
TESTED_VERSIONS = ("5.0.0",)
"""Versions of Optuna whose TPE `cip_exp.sweep.samplers.tpe` reproduces."""
_RENAMED = {
    "cip_exp.sweep.pruners.PairedPruner": "cip_exp.sweep.samplers.paired_pruner.PairedPruner",
    "cip_exp.sweep.tpe.TPESampler": "cip_exp.sweep.samplers.tpe.TPESampler",
}
"""Earlier names that a user's own configuration may still have, and the present ones."""


def _renamed(node: Any) -> Any:
    """Return the node with the present name of its class."""
    target = node.get("_target_") if isinstance(node, Mapping | DictConfig) else None
    if target not in _RENAMED:
        return node
    present = {"_target_": _RENAMED[str(target)]}
    return OmegaConf.merge(node, present) if isinstance(node, DictConfig) else {**node, **present}


def build_pruner(node: Any) -> optuna.pruners.BasePruner:
    """Return the pruner of `hydra.sweeper.pruner`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        pruner = instantiate(_renamed(node), _execution_whitelist_=list(TRUSTED))
    if not isinstance(pruner, optuna.pruners.BasePruner):
        raise ConfigError(describe(f"{node} is not a pruner.", "hydra.sweeper.pruner", "an Optuna pruner"))
    return pruner


def build_sampler(
    node: Any,
    space: Mapping[str, BaseDistribution],
    before: Sequence[optuna.trial.FrozenTrial],
    study_name: str,
    constant_liar: bool,
) -> optuna.samplers.BaseSampler:
    """Return the sampler for a study that has the trials `before`.

    With `constant_liar`, TPE counts running trials as bad ones: several workers do not get the same point.
    """
    node = _renamed(node)
    config = node.copy() if isinstance(node, DictConfig) else OmegaConf.create(node)
    kind = str(config.get("_target_", "")).rsplit(".", 1)[-1]
    OmegaConf.set_readonly(config, False)
    OmegaConf.set_struct(config, False)
    if kind == "TPESampler":
        if constant_liar:
            config.constant_liar = True
        if optuna.__version__ not in TESTED_VERSIONS:
            log.warning(
                "Optuna %s: its own TPE is used; it slows down as a search grows.", optuna.__version__
            )
        elif config._target_ == "optuna.samplers.TPESampler":
            config._target_ = "cip_exp.sweep.samplers.tpe.TPESampler"
    if before and config.get("seed") is not None and kind not in ("RandomSampler", "QMCSampler"):
        config.seed = derived_seed(int(config.seed), study_name, len(before))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        sampler = instantiate(config, _execution_whitelist_=list(TRUSTED))
        if isinstance(sampler, functools.partial):
            sampler = sampler({name: grid_values(name, kind) for name, kind in space.items()})
    if type(sampler) is optuna.samplers.RandomSampler and config.get("seed") is not None:
        _skip_draws(sampler, before)
    if not isinstance(sampler, optuna.samplers.BaseSampler):
        raise ConfigError(describe(f"{node} is not a sampler.", "hydra.sweeper.sampler", "an Optuna sampler"))
    return sampler


def derived_seed(base: int, study_name: str, n_trials: int) -> int:
    """Return the seed of a resumed study; the same arguments give the same seed."""
    digest = hashlib.sha256(f"{base}:{study_name}:{n_trials}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def _skip_draws(sampler: optuna.samplers.RandomSampler, before: Sequence[optuna.trial.FrozenTrial]) -> None:
    """Draw the values of earlier trials again, so that the next are those of a run without interruption."""
    if not before:
        return
    study = optuna.create_study()
    for trial in before:
        given = trial.system_attrs.get("fixed_params", {})
        for name, kind in trial.distributions.items():
            if name not in given and not kind.single():
                sampler.sample_independent(study, trial, name, kind)
