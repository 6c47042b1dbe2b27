"""The module of Hydra's entry points: it registers the configuration and exports both plugins.

Every Hydra app of this environment imports it, so it must not import Optuna or multiprocessing.
"""

from __future__ import annotations

from cip_exp.sweep.config_store import register
from cip_exp.sweep.pool.launcher import PoolLauncher
from cip_exp.sweep.search.sweeper import StudySweeper

__all__ = ["PoolLauncher", "StudySweeper"]

register()
for plugin in (PoolLauncher, StudySweeper):
    # Hydra finds a plugin by the module and name of its class; configurations use this module's name.
    plugin.__module__ = __name__
