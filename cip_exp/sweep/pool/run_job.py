"""Run a Hydra job without copying Hydra's own configuration, and with interpolations and logging cached.

Hydra's `run_job` makes four copies of some five hundred nodes, 11 ms each, so that no job changes what
another one reads. A worker composes a new configuration for each job and needs no copies.
"""

from __future__ import annotations

import copy
import logging
import sys
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import hydra
import omegaconf
import omegaconf.base
from hydra._internal import logging_config
from hydra.core import utils
from hydra.core.hydra_config import HydraConfig
from omegaconf import AnyNode, DictConfig, OmegaConf

from cip_exp.sweep.pool.compose import copied, copyable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


TESTED_VERSIONS = (("1.4.0rc3", "2.4.1rc1"),)
"""Versions of Hydra and OmegaConf whose `run_job` and parser work as described here."""


class _Copies:
    """Replaces the module `copy` in Hydra's `run_job`."""

    @staticmethod
    def deepcopy(config: DictConfig) -> DictConfig:
        """Copy the app's own part; `run_job` removes Hydra's part from that copy at once."""
        if sys._getframe(1).f_code.co_name != "_run_job":
            return copy.deepcopy(config)
        content = config.__dict__["_content"]
        if list(content) == ["hydra"]:
            return config  # which `run_job` puts into the JobReturn
        node = content["hydra"]
        content["hydra"] = AnyNode(None, parent=config)
        try:
            return copied(copyable(config))
        finally:
            content["hydra"] = node


def _set_shared_config(self: HydraConfig, cfg: DictConfig) -> None:
    """Replace `HydraConfig.set_config`: it takes the job's own node instead of a copy."""
    OmegaConf.set_readonly(cfg.hydra, True)
    shell = DictConfig({})
    shell.__dict__["_content"]["hydra"] = cfg._get_node("hydra")
    self.cfg = shell  # type: ignore[assignment]


@contextmanager
def shared(wanted: bool) -> Iterator[None]:
    """Run the jobs of this block without copies where `wanted`; no other thread may run jobs meanwhile."""
    if not wanted or (hydra.__version__, omegaconf.__version__) not in TESTED_VERSIONS:
        yield
        return
    base: Any = omegaconf.base
    configure = logging_config.configure_logging
    with (
        _replaced(utils, "copy", _Copies),
        _replaced(HydraConfig, "set_config", _set_shared_config),
        _replaced(base, "parse", _grammar(base.parse)),
        _replaced(logging_config, "configure_logging", _skip_repeated(configure)),
    ):
        yield


@contextmanager
def _replaced(owner: object, name: str, value: object) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


_logging: dict[str, Any] = {}
"""The logging configuration that was applied last, and the root logger's state after it."""


def _skip_repeated(configure: Callable[..., None]) -> Callable[..., None]:
    """Return Hydra's `configure_logging`, which skips a configuration that is in effect already.

    A second call would close the log file of a folder and open it again.
    """

    def configured(conf: dict[str, Any], execution_whitelist: Any = None) -> None:
        if _logging.get("conf") != conf or _logging["root"] != _root():
            kept = copy.deepcopy(conf)  # `configure` may change it
            configure(conf, execution_whitelist)
            _logging.update(conf=kept, root=_root())

    return configured


def _root() -> tuple[int, list[logging.Handler]]:
    root = logging.getLogger()
    return root.level, list(root.handlers)


@cache
def _grammar(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return OmegaConf's parser of `${…}` with a cache: every job parses the same few texts, 1 ms each.

    The trees that it returns are only read.
    """
    return lru_cache(maxsize=512)(parse)
