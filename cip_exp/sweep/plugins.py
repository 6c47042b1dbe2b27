"""Hydra's entry points name this module: it registers the configuration and exports both plugins.

Every Hydra app on this machine imports it, so nothing here imports Optuna or multiprocessing.
"""

from __future__ import annotations

from cip_exp.sweep.config_store import register
from cip_exp.sweep.pool.launcher import PoolLauncher
from cip_exp.sweep.search.sweeper import StudySweeper

__all__ = ["PoolLauncher", "StudySweeper"]

register()
for plugin in (PoolLauncher, StudySweeper):
    # Hydra finds a plugin by module and name of its class, and configurations name this module.
    plugin.__module__ = __name__
