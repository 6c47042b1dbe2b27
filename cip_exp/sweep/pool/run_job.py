"""Hydra's `run_job` without its four copies of Hydra's own configuration, where nobody looks at them, and
without parsing the same interpolations or configuring the same logging again.

The copies are some five hundred nodes each, 11 ms, made so that no job changes what another sees. A worker
composes a configuration for each job and throws it away.
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


PROVEN = (("1.4.0rc3", "2.4.1rc1"),)
"""Versions of Hydra whose `run_job` copies, and of OmegaConf that parses, as is described here."""


class _Copies:
    """Stands in for the module `copy` in Hydra's `run_job`."""

    @staticmethod
    def deepcopy(config: DictConfig) -> DictConfig:
        """Copy the task's own part; Hydra's is deleted from that copy at once."""
        if sys._getframe(1).f_code.co_name != "_run_job":
            return copy.deepcopy(config)
        content = config.__dict__["_content"]
        if list(content) == ["hydra"]:
            return config  # for the JobReturn
        node = content["hydra"]
        content["hydra"] = AnyNode(None, parent=config)
        try:
            return copied(copyable(config))
        finally:
            content["hydra"] = node


def _share(self: HydraConfig, cfg: DictConfig) -> None:
    """Do what `HydraConfig.set_config` does, with the job's own node in place of a copy."""
    OmegaConf.set_readonly(cfg.hydra, True)
    shell = DictConfig({})
    shell.__dict__["_content"]["hydra"] = cfg._get_node("hydra")
    self.cfg = shell  # type: ignore[assignment]


@contextmanager
def shared(wanted: bool) -> Iterator[None]:
    """Let jobs inside the block share their configuration with Hydra; no other thread may run jobs then."""
    if not wanted or (hydra.__version__, omegaconf.__version__) not in PROVEN:
        yield
        return
    base: Any = omegaconf.base
    configure = logging_config.configure_logging
    with (
        _replaced(utils, "copy", _Copies),
        _replaced(HydraConfig, "set_config", _share),
        _replaced(base, "parse", _grammar(base.parse)),
        _replaced(logging_config, "configure_logging", _unless_done(configure)),
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
"""The logging that was configured last, and what it left at the root."""


def _unless_done(configure: Callable[..., None]) -> Callable[..., None]:
    """Return Hydra's `configure_logging`, for which jobs of one folder need no second call.

    It would close their log file and open it again.
    """

    def configured(conf: dict[str, Any], execution_whitelist: Any = None) -> None:
        if _logging.get("conf") != conf or _logging["root"] != _root():
            kept = copy.deepcopy(conf)  # `configure` may take it apart
            configure(conf, execution_whitelist)
            _logging.update(conf=kept, root=_root())

    return configured


def _root() -> tuple[int, list[logging.Handler]]:
    root = logging.getLogger()
    return root.level, list(root.handlers)


@cache
def _grammar(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return OmegaConf's parser of `${…}` with a memory: the same few texts come in every job, 1 ms each.

    Its trees are only ever visited.
    """
    return lru_cache(maxsize=512)(parse)
